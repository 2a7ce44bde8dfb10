/** Runs with momentum and AdamW: beside PyTorch, and stopped at a checkpoint to go on. */
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import type { AnyPath } from "../../src/model/plans.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import type { TrainingState } from "../../src/train/state.ts";
import { runTrajectory } from "../model/steps.ts";
import { compareTensors, explain, normwise } from "../oracle/compare.ts";
import { trajectories } from "../oracle/fixtures.ts";
import { tinyConfig } from "./data.ts";
import { trainInLegs } from "./whole.ts";

/**
 * The gradient of b1 is nothing but rounding, since BatchNorm subtracts b1 again. AdamW divides rounding by rounding there, and momentum
 * adds it up: b1 and its state cannot be compared, and nothing depends on them.
 */
const isNoise = (name: string): boolean => name.endsWith("b1");

export function describePyTorch(machine: Machine, paths: readonly AnyPath[]): void {
  describe.each(trajectories)("ten steps of %s", (name) => {
    it.each(paths)("are PyTorch's on the %s path", async (path) => {
      const { loss, after, wantLoss, wantAfter } = await runTrajectory(machine, path, name);
      const losses = compareTensors("losses", loss, wantLoss, { rtol: 2e-6, atol: 0 });
      expect(losses.ok, explain(losses)).toBe(true);
      const want = Object.fromEntries(Object.entries(wantAfter).map(([key, data]) => [key, { data }]));
      expect(Object.keys(after).sort()).toEqual(Object.keys(want).sort());
      for (const key of Object.keys(want).filter((key) => !isNoise(key))) {
        const c = compareTensors(key, after[key], want[key].data, normwise(key, want, 5e-6));
        expect(c.ok, explain(c)).toBe(true);
      }
    });
  });
}

const OPTIMIZERS: readonly Partial<TrainConfig>[] = [
  { momentum: 0.9, lr: 0.05 },
  { optimizer: "adamw", lr: 0.01, weightDecay: 0.1 },
];

/** @param steps of a whole run */
export function describeResume(machine: Machine, steps: number, paths: readonly AnyPath[]): void {
  describe.each(OPTIMIZERS)("a run with %o", (given) => {
    it.each(paths)("goes on from its checkpoint as if it had never stopped, on the %s path", async (path) => {
      const config = tinyConfig({ steps, path, ...given });
      const until = (stop: number, state?: TrainingState) => trainInLegs(machine, config, [stop], state);
      const whole = await until(steps);
      const first = await until(Math.round(0.4 * steps));
      const second = await until(steps, decodeCheckpoint(first.bytes, "first"));
      expect([...first.losses, ...second.losses]).toEqual(whole.losses);
      expect(Buffer.from(second.bytes).equals(Buffer.from(whole.bytes))).toBe(true);
      const kept = config.optimizer === "adamw" ? ["exp_avg", "exp_avg_sq"] : ["momentum_buffer"];
      const names = [...readSafetensors(whole.bytes).tensors.keys()];
      expect(names.sort()).toEqual(
        [...["bnmean", "bnvar"], ...PARAMETERS.flatMap((p) => [p, ...kept.map((k) => `${k}.${p}`)])].sort(),
      );
      const mean = (l: number[]) => l.reduce((a, b) => a + b, 0) / l.length;
      expect(mean(whole.losses.slice(-10))).toBeLessThan(mean(whole.losses.slice(0, 10)));
    });
  });
}
