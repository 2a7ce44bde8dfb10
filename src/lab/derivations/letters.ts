/** What the letters in formulas stand for. */

/** In the order in which they are told. What else a derivation counts with, it says itself. */
export const LETTERS: Readonly<Record<string, string>> = {
  i: "$i$ for the $n$ examples",
  t: "$t$ for the $T$ places of the context",
  e: "$e$ for the $E$ numbers of an embedding",
  k: "$k$ for the $K$ inputs of the first layer",
  j: "$j$ for the $H$ hidden neurons",
  v: "$v$ for the $V$ characters",
};

export const NOTATION =
  "A `d` in front makes a name a gradient: `dprobs` is how fast the loss changes with each number of `probs`.";

const SUBSCRIPT = /_\{([^{}]*)/g;

/** Those of formulas' letters that are in the list, told. */
export function lettersOf(formulas: readonly string[]): string[] {
  const used = new Set<string>();
  for (const formula of formulas)
    for (const [, subscript] of formula.matchAll(SUBSCRIPT))
      for (const word of subscript.split(/\W+/))
        if (/^[itekjvur\d]+$/.test(word)) for (const letter of word) used.add(letter);
  return Object.keys(LETTERS)
    .filter((letter) => used.has(letter))
    .map((letter) => LETTERS[letter]);
}
