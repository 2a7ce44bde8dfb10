/** Names that a text numbers because a loop over them is written out. */

/** A name and its numbers: `sum0 … sum7`, `left0_0 … left3_1`. */
const NUMBERED = /\b([A-Za-z]\w*?)(\d+(?:_\d+)*|_c\d+_[qr]\d+|_row\d+|_[ab]\d+)\b/g;

/** Built into the language, or digits that are part of a word. */
const WORDS = /^(?:vec|mat|[fiu]|accurate_\w+|exp_mantissa|exp_power)$/;

/** What the values of a family are, by the name before the numbers. */
const MEANINGS: Readonly<Record<string, string>> = {
  sum: "the rows of the outputs that an invocation computes",
  part: "what one part of the terms adds to them",
  left: "the left factor at terms k, k + 1, …",
  right: "the right factor at terms k, k + 1, …",
  x: "the values that a product sums over, at terms k, k + 1, …",
  w: "the weights at those terms",
  bnraw: "an invocation's part of bnraw: column c, four examples q",
  h: "its part of h",
  tile: "its part of what the first product makes",
  out: "its part of what the second product makes",
  part_out: "what one part of the terms adds to that",
  gradient: "rows r of a weight gradient's column c",
  top_c: "the first vec4 of a column, while the others move up",
};

export interface Family {
  /** From the first to the last: `sum0 … sum7`. */
  readonly names: string;
  readonly meaning?: string;
}

/** The families of numbered names with at least three members, in the order of the text. */
export function unrolledNames(wgsl: string): Family[] {
  const families = new Map<string, { readonly stem: string; readonly names: Set<string> }>();
  for (const [name, stem, number] of wgsl.replace(/\/\/.*$/gm, "").matchAll(NUMBERED)) {
    if (WORDS.test(stem)) continue;
    const key = stem + number.replace(/\d+/g, "#");
    const family = families.get(key) ?? { stem, names: new Set<string>() };
    families.set(key, family);
    family.names.add(name);
  }
  return [...families.values()]
    .filter(({ names }) => names.size > 2)
    .map(({ stem, names }) => {
      const all = [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
      return { names: `${all[0]} … ${all.at(-1)}`, meaning: MEANINGS[stem] };
    });
}
