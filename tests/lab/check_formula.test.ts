/** The notation of the notebook's formulas, parsed. */
import { describe, expect, it } from "vitest";
import { type Formula, parseFormula } from "../../src/lab/check/formula.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";

it.each(Object.entries(NOTEBOOK))("parses the formula of %s", (name, { formula }) => {
  expect(JSON.stringify(parseFormula(formula))).toContain(`"${name}"`);
});

describe("the notation of formulas", () => {
  const word = (text: string): Formula => ({ kind: "word", text });
  it("parses scripts, fractions and sums", () => {
    expect(parseFormula(String.raw`\frac{1}{n} \sum_{i} h_{ij}^{2}`)).toEqual({
      kind: "row",
      items: [
        { kind: "fraction", above: { kind: "number", text: "1" }, below: word("n") },
        {
          kind: "scripts",
          base: { kind: "operator", text: "∑" },
          sub: word("i"),
          sup: undefined,
          under: true,
        },
        {
          kind: "scripts",
          base: word("h"),
          sub: { kind: "row", items: [word("i"), word("j")] },
          sup: { kind: "number", text: "2" },
          under: false,
        },
      ],
    });
  });
  it("keeps a tensor's name in one piece", () => {
    expect(parseFormula("counts_sum_inv")).toEqual(word("counts_sum_inv"));
  });
  it.each([String.raw`\frac{1}{n`, String.raw`\frac 1`, "x_{i", String.raw`\oops`])(
    "refuses %s",
    (source) => {
      expect(() => parseFormula(source)).toThrow(SyntaxError);
    },
  );
});
