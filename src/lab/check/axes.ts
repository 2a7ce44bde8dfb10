/** What the axes of a tensor are, in words: for the ticks of its picture, and for what is said of an element. */
import type { Sizes } from "../../model/tensors.ts";

export interface Axis {
  readonly name: string;
  readonly count: number;
  /** What is at a place of it: `unit 5`, `character e`. */
  say(at: number): string;
  /** The label of a place. */
  tick(at: number): string;
  /** Labels stand at multiples of this only. */
  readonly every: number;
}

const numbered = (name: string, one: string, count: number): Axis => ({
  name,
  count,
  say: (at) => `${one} ${at}`,
  tick: String,
  every: 1,
});

/** A letter as it is; what could be taken for punctuation, in quotes. */
const spelt = (character: string | number): string =>
  /[\p{L}\p{N}]/u.test(String(character)) ? String(character) : `"${character}"`;

/** The axes of a shape in the network's symbols, outermost first, those of length 1 left out. `characters` is the vocabulary, if it is known. */
export function axesOf(symbols: readonly string[], s: Sizes, characters: readonly string[]): Axis[] {
  const places = (e: number): Axis => ({
    name: "place in the context, and float of the embedding there",
    count: s.context * e,
    say: (at) => `place ${Math.floor(at / e)}, float ${at % e}`,
    tick: (at) => `place ${at / e}`,
    every: e,
  });
  const known: Readonly<Record<string, () => Axis>> = {
    N: () => numbered("example of the minibatch", "example", s.batch),
    H: () => numbered("hidden unit", "unit", s.hidden),
    E: () => numbered("float of the embedding", "float", s.embedding),
    T: () => numbered("place in the context", "place", s.context),
    K: () => places(s.embedding),
    V: () => ({
      ...numbered("character", "character", s.vocabulary),
      say: (at) => `character ${spelt(characters[at] ?? at)}`,
      tick: (at) => characters[at] ?? String(at),
    }),
  };
  return symbols.flatMap((symbol) => known[symbol]?.() ?? []);
}

/** Two axes drawn as one: the second runs within each place of the first. */
export const nested = (outer: Axis, inner: Axis): Axis => ({
  name: `${outer.name}, and ${inner.name}`,
  count: outer.count * inner.count,
  say: (at) => `${outer.say(Math.floor(at / inner.count))}, ${inner.say(at % inner.count)}`,
  tick: (at) => outer.say(at / inner.count),
  every: inner.count,
});

/** Where an element is: `example 3, unit 5`. */
export function sayElement(axes: readonly Axis[], index: number): string {
  const words: string[] = [];
  for (const axis of [...axes].reverse()) {
    words.unshift(axis.say(index % axis.count));
    index = Math.floor(index / axis.count);
  }
  return words.join(", ");
}

/** The places that get a label, so that labels are at least `gap` apart where a place takes `size` (both in the same unit). */
export function ticksOf(
  { count, every }: Pick<Axis, "count" | "every">,
  size: number,
  gap: number,
): number[] {
  const least = gap / (size * every);
  // 1, 2, 5, 10, 20, …: numbers that one counts in.
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = every * (least <= 1 ? 1 : power * [1, 2, 5, 10].find((n) => n * power >= least)!);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}
