/**
 * Planted bugs that take long. Every mistake picked for the whole step, at all of its sizes: each takes a software device many seconds to compile.
 * And those in fast kernels, and more of those that are planted by rule.
 */
import { expect, it } from "vitest";
import { gradients, STEPS } from "../../src/model/single/step.ts";
import type { Op } from "../../src/plan/contract.ts";
import { describeOnGpu } from "../support/device.ts";
import { expectGenericSeen, operations } from "./generic.ts";
import { mutantsOf } from "./mutants.ts";
import { picksOf } from "./picked.ts";
import { expectSeen, titled } from "./seen.ts";

describeOnGpu("planted bugs in the whole step", ({ device }) => {
  const picked = [...Object.values(STEPS), gradients].flatMap(picksOf);
  it.each(titled(picked))("$op: $mistake", ({ mutant }) => expectSeen(device, mutant));
});

describeOnGpu("planted bugs", ({ device }) => {
  const picked = operations("fast")
    .flatMap(({ op }) => picksOf(op))
    .filter(({ rung }) => rung === "fast");
  it.each(titled(picked))("$op (fast): $mistake", ({ mutant }) => expectSeen(device, mutant));

  it.each(operations("plain"))("$name (plain), some generic ones", ({ op }) =>
    expectGenericSeen(device, op, "plain", 3),
  );
  it.each(operations("fast"))("$name (fast), some generic ones", ({ op }) =>
    expectGenericSeen(device, op, "fast", 2),
  );
});

it("the operators plant into the other optimisers of the whole step only what is theirs alone", () => {
  const theirs: readonly (readonly [Op, RegExp])[] = [
    [STEPS.momentum, /momentum|lr|coefficients/],
    [STEPS.adamw, /exp_avg|coefficients|gradient|step_size/],
    [gradients, / = gradient;|coefficients/],
  ];
  for (const [op, pattern] of theirs) for (const { line } of mutantsOf(op)) expect(line).toMatch(pattern);
});
