/** What the tests of profiles have in common. */
import { expect } from "vitest";
import type { Profile } from "../../src/measure/profile.ts";
import { type AnyPath, stepPlan, stepsOf } from "../../src/model/plans.ts";
import { minimumBytes } from "../../src/plan/contract.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { sizesOf, type TrainConfig } from "../../src/train/config.ts";
import { updateRuleOf } from "../../src/train/optimizer.ts";
import { dataset } from "../train/data.ts";

export const effort = { samples: 3, sampleMs: 1, budgetMs: 500 };
export const roof = { peakGflopPerSecond: 20, bandwidthGbPerSecond: 10 };
export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const planOf = (config: TrainConfig, path: AnyPath): Plan =>
  stepPlan(sizesOf(config, dataset.vocabulary.size), path, { update: updateRuleOf(config) });

/** What is true of every profile. */
export function expectWhole(p: Profile, plan: Plan): void {
  const steps = stepsOf(plan);
  expect(sum(p.profile.map((r) => r.us))).toBeCloseTo(p.sumUs);
  expect(sum(p.profile.map((r) => r.share))).toBeCloseTo(1);
  const bytes = sum(plan.calls.map((c) => minimumBytes(c.op, c.dims))) / steps;
  expect(sum(p.profile.map((r) => r.bytes))).toBeCloseTo(bytes, 6);
  const flops = sum(plan.calls.map((c) => c.op.flops(c.dims))) / steps;
  expect(sum(p.profile.map((r) => r.flops)) / flops).toBeCloseTo(1, p.path === "single" ? 0 : 6);
  for (const r of p.profile) expect(["flops", "bytes", "dispatch"]).toContain(r.boundBy);
  for (const us of [p.sumUs, p.passUs, p.stepUs]) expect(us).toBeGreaterThan(0);
  // What --json writes has no value that JSON has not.
  expect(JSON.parse(JSON.stringify(p))).toMatchObject({ profile: p.profile.map((r) => ({ ...r })) });
}

/** Its operations, each once, are the plan's. */
export function expectPlan(p: Profile, plan: Plan): void {
  const first = p.profile.filter(
    (r, i, all) => all[i - 1]?.op !== r.op || all[i - 1].makes.join() !== r.makes.join(),
  );
  expect(first.map((r) => r.op)).toEqual(plan.calls.map((c) => c.op.name));
  expect(first.at(-1)?.makes[0]).toBe("parameters");
  expectWhole(p, plan);
}
