/** The words that the page explains where they stand. */
import { expect, test } from "vitest";
import { explained, TERM_NAMES, TERMS } from "../../src/lab/terms/terms.ts";

test("a text is cut at its terms, each once, and is whole", () => {
  const text = "3 ULPs, then 1 ULP: the CPU twin of a fused kernel rounds in float32, its kernels too";
  const pieces = explained(text);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  expect(pieces.filter((piece) => piece.term).map(({ text, term }) => [text, term])).toEqual([
    ["ULPs", "ulp"],
    ["CPU twin", "twin"],
    ["fused", "fused"],
    ["kernel", "kernel"],
    ["float32", "float32"],
  ]);
  expect(explained("")).toEqual([]);
});

test("parts of other words and of names are no terms", () => {
  for (const text of [
    "stdin",
    "embedding_backward",
    "embedding.gather",
    "linear.fused",
    "diffused",
    "developers",
    "non-fused",
    "1e−3",
  ])
    expect(explained(text)).toEqual([{ text }]);
});

test("every explanation is a few whole sentences that fit a small screen", () => {
  for (const name of TERM_NAMES) {
    const { says, words } = TERMS[name];
    expect(says, name).toMatch(/^[^a-z ].*[.]$/s);
    expect(says.length, name).toBeLessThan(330);
    // Where a term is found in a text, it is found as a whole.
    if (words) expect(words.flags, name).toBe("");
  }
});
