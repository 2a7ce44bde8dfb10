/** What training is given, checked where it comes together. */
import { quote, show } from "../data/error.ts";
import type { Dataset, Split } from "../data/examples.ts";
import { configuration, MismatchError, requireSplit } from "./belong.ts";
import { sizesOf, type TrainConfig } from "./config.ts";
import { Network } from "./network.ts";
import { initialState, type Resumable, requireState } from "./state.ts";

/** What to train on: the data of `buildDataset(words, config)`; or a split, and how many characters there are if it does not know. */
export type Examples =
  | {
      readonly data: Pick<Dataset, "train" | "vocabulary"> &
        Partial<Pick<Dataset, "dev" | "stripped" | "padded">>;
      readonly train?: undefined;
    }
  | { readonly data?: undefined; readonly train: Split; readonly vocabulary?: number };

/** Examples, and what is known of them. */
export interface Given {
  readonly train: Split;
  readonly dev?: Split;
  readonly characters: number;
  /** How the words were read. */
  readonly reading: Partial<Pick<Dataset, "stripped" | "padded">>;
}

/** @throws TypeError if there is nothing to train on */
export function examplesOf(o: Examples): Given {
  if (o.data && !(o.data.train && o.data.vocabulary?.size))
    throw new TypeError(`the data is ${show(o.data)}; give that of buildDataset(words, config)`);
  if (o.data)
    return { train: o.data.train, dev: o.data.dev, characters: o.data.vocabulary.size, reading: o.data };
  const { train, vocabulary = train?.vocabulary?.size } = o;
  if (!train) throw new TypeError("there is nothing to train on; give data: buildDataset(words, config)");
  return { train, characters: vocabulary as number, reading: {} };
}

/** @throws MismatchError unless the data's words were read as the configuration says */
function requireReading(
  { vocabulary }: Split,
  { stripped = 0, padded = 0 }: Given["reading"],
  { terminator, keepSpaces }: Pick<TrainConfig, "terminator" | "keepSpaces">,
): void {
  const remedy = "make the data with buildDataset(words, config)";
  if (vocabulary && vocabulary.terminator !== terminator)
    throw new MismatchError(
      `the data's terminator is ${quote(vocabulary.terminator)}, but the configuration's is ${quote(terminator)}; ${remedy}`,
    );
  if (stripped > 0 && keepSpaces)
    throw new MismatchError(
      `${stripped} words of the data lost the spaces around them, but the configuration keeps spaces; ${remedy}`,
    );
  if (padded > 0 && !keepSpaces)
    throw new MismatchError(
      `${padded} words of the data kept the spaces around them, but the configuration strips spaces; ${remedy}`,
    );
}

/**
 * A network with its examples.
 * @param state where it goes on; a fresh {@link initialState} if absent
 * @throws MismatchError when data, configuration and state do not belong together; TypeError for what is none of these
 */
export function networkOf(given: Given, config: TrainConfig, state?: Resumable): Network {
  const { train, dev, characters } = given;
  const sizes = sizesOf(config, characters);
  requireSplit(train, configuration(sizes));
  requireReading(train, given.reading, config);
  if (dev) requireSplit(dev, configuration(sizes));
  else if (config.keep === "best")
    throw new TypeError(
      'keep is "best", which needs dev examples; give the trainer data: buildDataset(words, config)',
    );
  if (state) requireState(state, config, characters, train.vocabulary);
  return new Network(config, sizes, train, state ?? initialState(config, characters));
}
