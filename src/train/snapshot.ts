/** A checkpoint of a trainer as it stands. */
import { show } from "../data/error.ts";
import type { Dataset } from "../data/examples.ts";
import type { WordList } from "../data/words.ts";
import { count } from "../plan/count.ts";
import type { Machine } from "../plan/machine.ts";
import { MismatchError, requireSplit } from "./belong.ts";
import { type Checkpoint, type WordSource, wordSource } from "./checkpoint.ts";
import type { OnFraction } from "./evaluate.ts";
import { keptModel, type Trained } from "./trained.ts";

/**
 * Calibrates BatchNorm over the training set, on `machine`, and puts together all that a checkpoint holds. Training may go on meanwhile: the
 * checkpoint is of the step at which it was asked for.
 * @param words the list that the data was made of, or its {@link wordSource}
 * @throws MismatchError for other data than the trainer's, or another list
 */
export async function snapshot(
  machine: Machine,
  trainer: Trained,
  data: Dataset,
  words: WordSource | WordList,
  onFraction?: OnFraction,
): Promise<Checkpoint> {
  requireTrained(trainer, data);
  if (typeof words?.source !== "string")
    throw new TypeError(`the words are ${show(words)}; give the list that the data was made of`);
  const state = trainer.state();
  const source = "words" in words ? await sourceOf(words, data) : words;
  const { bnmean, bnvar } = await keptModel(
    machine,
    { sizes: trainer.sizes, train: data.train },
    state,
    onFraction,
  );
  // A resumed run keeps its path, even if `auto` would now choose another one.
  const config = { ...trainer.config, path: trainer.path };
  return { ...state, bnmean, bnvar, config, vocabulary: data.vocabulary, words: source };
}

async function sourceOf(list: WordList, data: Dataset): Promise<WordSource> {
  const source = await wordSource(list);
  if (list.words.length !== data.words)
    throw new MismatchError(
      `the list has ${count(list.words.length)} words, but the data has ${count(data.words)}; give the list that the data was made of`,
    );
  return source;
}

const REMEDY = "give the data that it was created with";

function requireTrained({ train, sizes }: Trained, data: Dataset): void {
  const split = data?.train;
  if (split === train) return;
  requireSplit(split, { name: "the trainer", sizes, vocabulary: train.vocabulary, remedy: REMEDY });
  if (split.length !== train.length)
    throw new MismatchError(
      `the data has ${count(split.length)} training examples, but the trainer's has ${count(train.length)}; ${REMEDY}`,
    );
  const other = split.tokens.findIndex((token, i) => token !== train.tokens[i]);
  if (other >= 0)
    throw new MismatchError(
      `training example ${other} of the data has the target ${split.tokens[other]}, but the trainer's has ${train.tokens[other]}; ${REMEDY}`,
    );
}
