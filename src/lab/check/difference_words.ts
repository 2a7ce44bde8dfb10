/** What a check by finite differences found, in words. */
import { type DifferenceReport, digits, isZero } from "./differences.ts";
import { rough, value } from "./numbers.ts";

/** Whether the two agree, in a line. */
export function verdictOf(r: DifferenceReport): string {
  if (isZero(r)) return "Both are 0.";
  const best = r.tried[r.best].value;
  if (!Number.isFinite(best) || !Number.isFinite(r.gradient))
    return "There is no finite gradient to compare.";
  const agree = digits(best, r.gradient);
  return agree >= 4
    ? `✓ ${agree} digits agree: ${value(best)} by differences, ${value(r.gradient)} by the backward pass.`
    : `${agree} digits agree: ${value(best)} by differences, ${value(r.gradient)} by the backward pass. The difference itself may be off by ${rough(r.tried[r.best].rounding)}.`;
}

/** Why there is nothing to differentiate. */
export function whyZero({ name, moved, tried, best }: DifferenceReport): string {
  if (name === "logit_maxes")
    return "Whatever is subtracted from a whole row of logits, softmax gives the same probabilities; what is left is rounding.";
  if (name === "b1")
    return "BatchNorm takes away whatever is added to a whole column; what is left is rounding.";
  return moved === 0
    ? "The loss does not depend on this element at all."
    : `What is left, at most ${rough(tried[best].rounding)}, is rounding of the loss.`;
}

/** How many examples one element reaches, and why. */
export function reach({ name, moved, examples }: DifferenceReport): string {
  const all = `The losses of ${moved} of ${examples} examples moved`;
  const shared = SHARED[name];
  return shared && moved > 1
    ? `${all}: every example is normalised by ${shared} over the batch, which this one element changed.`
    : `${all}.`;
}

/** What one example's element of a tensor changes for all others. */
const SHARED: Readonly<Record<string, string>> = {
  emb: "each hidden unit's mean and variance",
  embcat: "each hidden unit's mean and variance",
  hprebn: "its hidden unit's mean and variance",
  bndiff: "its hidden unit's variance",
  bndiff2: "its hidden unit's variance",
};
