/** Kernels are for reading: plain ones are short and laid out as a person would, and the texts that devices get are tidy. */
import { describe, expect, it } from "vitest";
import { accurateExp, accurateLog, accurateTanh } from "../shaders/math.wgsl.ts";
import { registry } from "../src/model/registry.ts";
import { kernelsOf, RUNGS } from "../src/plan/contract.ts";
import { kernelSource, tidy } from "../src/plan/source.ts";
import { ANY_DEVICE, LANES } from "../src/plan/target.ts";

/** About what one looks at without scrolling: reductions with their tree, and BatchNorm with two sums, are the longest. */
const MOST_LINES = 28;
const BLANK_RUN = /\n\s*\n\s*\n/;

/** A kernel's text without the functions that several share; tanh's contains exp's. */
const ownText = (code: string): string =>
  [accurateTanh, accurateExp, accurateLog]
    .reduce((rest, shared) => rest.replace(shared.trim(), ""), code)
    .trim();

describe("the plain kernels'", () => {
  const texts = registry.flatMap((op) =>
    op.cases.flatMap((dims) => (op.plain?.(dims) ?? []).map(({ code, pass }) => ({ op, pass, code }))),
  );
  const kernels = [...new Map(texts.map((t) => [`${t.op.name} ${t.pass}`, t])).values()];

  it.each(kernels.map(({ op, pass, code }) => ({ name: op.name, pass, text: ownText(code) })))(
    "text of $name $pass is short and laid out",
    ({ text }) => {
      expect(text.split("\n").length, text).toBeLessThanOrEqual(MOST_LINES);
      expect(text).toBe(tidy(text));
      expect(text).not.toMatch(BLANK_RUN);
    },
  );

  it("length is that of its own text", () => {
    expect(ownText(`${accurateTanh}\n\nfn main() {\n}`)).toBe("fn main() {\n}");
    expect(kernels.length).toBeGreaterThan(45);
  });
});

it.each(registry.map((op) => ({ name: op.name, op })))("a device's texts of $name are tidy", ({ op }) => {
  for (const rung of RUNGS)
    for (const lanes of LANES)
      for (const dims of op.cases)
        for (const kernel of kernelsOf(op, dims, { rung, target: { ...ANY_DEVICE, lanes } })) {
          const source = kernelSource(op, dims, kernel);
          expect(source).toBe(tidy(source));
          expect(source).not.toMatch(BLANK_RUN);
        }
});
