/** How likely words are to a network. */
import { Split } from "../data/examples.ts";
import { evaluationPlan, predictionPlan } from "../model/plans.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import { type OnFraction, rowsPerBatch, sweep, uploadModel } from "./evaluate.ts";
import { type Model, vocabularyOf } from "./model.ts";

/**
 * ln of the probability that the network draws each word: the sum over its characters and its end, (words).
 * @throws DataError for a character that is not in the vocabulary
 */
export async function logProbabilities(
  machine: Machine,
  model: Model,
  words: readonly string[],
  onFraction: OnFraction = () => {},
): Promise<Float64Array> {
  const vocabulary = vocabularyOf(model);
  // A split like any other: every word with its end, an example a character.
  const split = new Split(
    Uint32Array.from(words.flatMap((word) => [...vocabulary.encode(word), 0])),
    model.sizes.context,
  );
  const batch = rowsPerBatch(model.sizes);
  return withPlan(machine, evaluationPlan({ ...model.sizes, batch }), async (executable) => {
    uploadModel(executable, model);
    const logs = new Float64Array(words.length);
    let [word, row] = [0, 0];
    await sweep(executable, split, batch, onFraction, ({ row_loss }, valid) => {
      for (let i = 0; i < valid; i++) {
        logs[word] -= row_loss[i];
        if (split.tokens[row++] === 0) word++;
      }
    });
    return logs;
  });
}

/**
 * ln of the probability that the network draws this word, its end included: Σ ln p(character | those before it).
 * @throws DataError for a character that the model does not know
 */
export async function logProbability(machine: Machine, model: Model, word: string): Promise<number> {
  const [log] = await logProbabilities(machine, model, [word]);
  return log;
}

/**
 * How likely each character is to come next (V), in the vocabulary's order; the terminator's is that of the word's end.
 * @param beginning of the word, such as "an"; "" asks for the first character
 * @throws DataError for a character that the model does not know
 */
export async function probabilities(
  machine: Machine,
  model: Model,
  beginning: string,
): Promise<Map<string, number>> {
  const vocabulary = vocabularyOf(model);
  const { context } = model.sizes;
  const tokens = [...new Array<number>(context).fill(0), ...vocabulary.encode(beginning)].slice(-context);
  const sizes = { ...model.sizes, batch: 1 };
  const { logits } = await withPlan(machine, predictionPlan(sizes), async (executable) => {
    uploadModel(executable, model);
    await executable.run(1, ({ Xb }) => Xb.set(tokens));
    return executable.download(["logits"]);
  });
  // In float64, so that they add up to 1.
  const top = Array.from(logits).reduce((a, b) => Math.max(a, b));
  const counts = Array.from(logits, (x) => Math.exp(x - top));
  const total = counts.reduce((a, b) => a + b);
  return new Map(vocabulary.characters.map((character, i) => [character, counts[i] / total]));
}

/** Each character's row of `C` (E), in the vocabulary's order. */
export function embeddings(model: Model): Map<string, Float32Array> {
  const { characters } = vocabularyOf(model);
  const { embedding } = model.sizes;
  const { C } = model.parameters;
  return new Map(characters.map((character, i) => [character, C.slice(i * embedding, (i + 1) * embedding)]));
}
