/** One element's gradient by finite differences, in float64: of every tensor before the loss. */
import { expect, it } from "vitest";
import { reach, verdictOf, whyZero } from "../../src/lab/check/difference_words.ts";
import { differenceOf, digits, isZero } from "../../src/lab/check/differences.ts";
import { CMP, elementCount, INTERMEDIATES } from "../../src/model/tensors.ts";
import { TINY, tinyStep } from "../support/tiny_step.ts";

const [step, sizes] = [tinyStep(), TINY];

it.each(CMP)("agrees with the backward pass in every element it looks at: %s", (name) => {
  const count = elementCount(name, sizes);
  for (const index of new Set([0, count - 1])) {
    const report = differenceOf(step, name, index);
    if (isZero(report)) continue;
    const agree = digits(report.tried[report.best].value, report.gradient);
    expect(agree, `${name} ${index}: ${JSON.stringify(report)}`).toBeGreaterThanOrEqual(6);
    expect(verdictOf(report)).toMatch(/^✓ \d+ digits agree/);
  }
});

it("says of what is 0 that it is, and why", () => {
  for (const name of ["logit_maxes", "b1"] as const) {
    const report = differenceOf(step, name, 1);
    expect([isZero(report), verdictOf(report)]).toEqual([true, "Both are 0."]);
  }
  expect(whyZero(differenceOf(step, "logit_maxes", 1))).toContain("softmax gives the same probabilities");
  // Character 4 is in no context.
  const unused = differenceOf(step, "C", elementCount("C", sizes) - 1);
  expect([unused.gradient, unused.tried[0].value, unused.moved]).toEqual([0, 0, 0]);
  expect(whyZero(unused)).toContain("does not depend on this element");
});

it("is not led astray where two scores of a row are equally the largest", () => {
  const b2 = new Float32Array(5);
  const tied = { ...step, parameters: { ...step.parameters, W2: new Float32Array(15), b2 } };
  for (const index of [0, 1, 4]) {
    const report = differenceOf(tied, "logits", index);
    expect(digits(report.tried[report.best].value, report.gradient)).toBeGreaterThanOrEqual(6);
  }
});

it("counts the examples that an element reaches: all of them before BatchNorm, one after it", () => {
  for (const name of INTERMEDIATES) {
    const { moved, examples } = differenceOf(step, name, 0);
    if (["emb", "embcat", "hprebn", "bndiff"].includes(name)) expect([moved, examples], name).toEqual([4, 4]);
    if (["bnraw", "hpreact", "h", "logits"].includes(name)) expect(moved, name).toBe(1);
  }
  expect(reach(differenceOf(step, "hprebn", 0))).toContain("mean and variance over the batch");
  expect(reach(differenceOf(step, "h", 0))).toBe("The losses of 1 of 4 examples moved.");
});

it("would see a wrong gradient", () => {
  const report = { ...differenceOf(step, "W1", 1), gradient: differenceOf(step, "W1", 2).gradient };
  expect(verdictOf(report)).not.toContain("✓");
});

it("refuses what has no gradient, and elements that are not there", () => {
  for (const name of ["loss", "Xb", "logit_argmax", "dW1", "nothing"])
    expect(() => differenceOf(step, name, 0)).toThrow(`no gradient by "${name}"`);
  expect(() => differenceOf(step, "b2", 5)).toThrow("b2 has 5 elements, and none at 5");
});
