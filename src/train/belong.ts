/** Data, configuration, vocabulary, state and model that do not belong together are refused where they meet. */
import { DataError, quote, show } from "../data/error.ts";
import type { Split } from "../data/examples.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { shapeText } from "../formats/safetensors.ts";
import {
  type CmpName,
  elementCount,
  PARAMETERS,
  type Parameters,
  type Sizes,
  shapeOf,
} from "../model/tensors.ts";
import { count } from "../plan/count.ts";

/** Two things that do not belong together; the message has what each of them has. */
export class MismatchError extends Error {
  override name = "MismatchError";
}

/** What examples are for. */
export interface User {
  /** For messages: "the model". */
  readonly name: string;
  readonly sizes: Pick<Sizes, "vocabulary" | "context">;
  /** Its characters, if it knows them. */
  readonly vocabulary?: Vocabulary;
  /** How to make examples for it. */
  readonly remedy: string;
}

/** A run's configuration, with the vocabulary that it is to be trained on. */
export const configuration = (sizes: User["sizes"], vocabulary?: Vocabulary): User => ({
  name: "the configuration",
  sizes,
  vocabulary,
  remedy: "make the data with buildDataset(words, config)",
});

/**
 * @throws TypeError if these are no examples, DataError if there are none, MismatchError unless they have the context and the characters
 * that their user has
 */
export function requireSplit(split: Split, { name, sizes, vocabulary, remedy }: User): void {
  if (typeof split?.gather !== "function")
    throw new TypeError(`the examples are ${show(split)}; give a split: data.train, data.dev or data.test`);
  if (split.length === 0) throw new DataError("the split has no examples; give one that has some");
  if (split.context !== sizes.context)
    throw new MismatchError(
      `the data has context ${split.context}, but ${name} has context ${sizes.context}; ${remedy}`,
    );
  if (split.vocabulary && vocabulary) requireSame("the data", split.vocabulary, name, vocabulary, remedy);
  const { characters } = split;
  if (split.vocabulary ? characters !== sizes.vocabulary : characters > sizes.vocabulary)
    throw new MismatchError(
      `the data has ${count(characters)} characters, but ${name} has ${count(sizes.vocabulary)}; ${remedy}`,
    );
}

/** @throws TypeError for what is no object of options, or has one that there is not: it would be passed over */
export function requireOptions(of: string, given: object, known: readonly string[]): void {
  const list = known.join(", ");
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new TypeError(`${of} was given ${show(given)} for its options; they are an object with ${list}`);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new TypeError(`${quote(unknown)} is no option of ${of}; its options are ${list}`);
}

/** @throws MismatchError unless both have the same characters in the same order */
export function requireSame(
  a: string,
  ours: Vocabulary,
  b: string,
  theirs: Vocabulary,
  remedy: string,
): void {
  if (ours.size !== theirs.size)
    throw new MismatchError(
      `${a} has ${count(ours.size)} characters, but ${b} has ${count(theirs.size)}; ${remedy}`,
    );
  const at = ours.characters.findIndex((character, i) => character !== theirs.characters[i]);
  if (at >= 0)
    throw new MismatchError(
      `character ${at} is ${quote(ours.characters[at])} in ${a}, but ${quote(theirs.characters[at])} in ${b}; ${remedy}`,
    );
}

/** @throws MismatchError unless each parameter has as many elements as the sizes imply */
export function requireParameters(parameters: Parameters, sizes: Sizes, whose: string, prefix = ""): void {
  for (const name of PARAMETERS) requireElements(`${prefix}${name}`, parameters[name], name, sizes, whose);
}

/**
 * @param shape the tensor whose shape it should have
 * @throws MismatchError
 */
export function requireElements(
  name: string,
  values: ArrayLike<number> | undefined,
  shape: CmpName,
  sizes: Sizes,
  whose: string,
): void {
  if (values?.length === elementCount(shape, sizes)) return;
  const has = values ? `${name} with ${count(values.length)} elements` : `no ${name}`;
  throw new MismatchError(
    `${whose} has ${has}, but the sizes imply the shape ${shapeText(shapeOf(shape, sizes))}`,
  );
}
