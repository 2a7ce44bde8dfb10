/** A trained network, as far as inference needs it. */
import { show } from "../data/error.ts";
import type { Split } from "../data/examples.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import { MismatchError, requireElements, requireParameters, requireSame, requireSplit } from "./belong.ts";

/** Mean and Bessel-corrected variance of hprebn, (1,H) each: the notebook's `bnmean` and `bnvar`. */
export interface Statistics {
  readonly bnmean: Float32Array;
  readonly bnvar: Float32Array;
}

/** What inference needs. */
export interface Model extends Statistics {
  /** `batch` is not used: inference chooses its own. */
  readonly sizes: Sizes;
  readonly parameters: Parameters;
  /** The characters that it was trained on; those of a checkpoint or of a trainer know them. */
  readonly vocabulary?: Vocabulary;
}

const REMEDY = "give modelOf(checkpoint), or await trainer.model()";

/** @throws TypeError for what is no model, such as a checkpoint; MismatchError for one whose parts do not belong together */
export function requireModel(model: Model): void {
  if (!model?.sizes || !model.parameters || !model.bnmean || !model.bnvar) {
    const given =
      typeof model === "object" && model && "config" in model ? "a whole checkpoint" : show(model);
    throw new TypeError(`the model is ${given}; ${REMEDY}`);
  }
  const { sizes, vocabulary } = model;
  requireParameters(model.parameters, sizes, "the model");
  requireElements("bnmean", model.bnmean, "bnmeani", sizes, "the model");
  requireElements("bnvar", model.bnvar, "bnvar", sizes, "the model");
  if (vocabulary && vocabulary.size !== sizes.vocabulary)
    throw new MismatchError(
      `the model's vocabulary has ${count(vocabulary.size)} characters, but its sizes have ${count(sizes.vocabulary)}; ${REMEDY}`,
    );
}

/** @throws as {@link requireModel}, and as {@link requireSplit} for examples that are not for it */
export function requireExamples(model: Model, split: Split): void {
  requireModel(model);
  const { sizes, vocabulary } = model;
  const remedy = `make the data with buildDataset(words, { context: ${sizes.context}, vocabulary: model.vocabulary })`;
  requireSplit(split, { name: "the model", sizes, vocabulary, remedy });
}

/**
 * A model's characters: its own, or those that are given to one that does not know them.
 * @throws as {@link requireModel}; TypeError where none are known; MismatchError for others than its own
 */
export function vocabularyOf(model: Model, given: Vocabulary | undefined = model?.vocabulary): Vocabulary {
  requireModel(model);
  const { sizes, vocabulary } = model;
  if (!given) throw new TypeError(`the model does not know its characters; ${REMEDY}`);
  const remedy = "leave the vocabulary out: a model knows its own";
  if (vocabulary) requireSame("the vocabulary", given, "the model", vocabulary, remedy);
  if (given.size !== sizes.vocabulary)
    throw new MismatchError(
      `the vocabulary has ${count(given.size)} characters, but the model has ${count(sizes.vocabulary)}; ${remedy}`,
    );
  return given;
}
