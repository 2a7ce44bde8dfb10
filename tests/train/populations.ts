/** Networks that train side by side, and what becomes of each alone. */
import { expect } from "vitest";
import type { Machine } from "../../src/plan/machine.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { DivergenceError } from "../../src/train/divergence.ts";
import { Population, type PopulationOptions } from "../../src/train/population.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset, tinyConfig } from "./data.ts";

/**
 * Five networks that have nothing in common but their sizes. The fourth diverges with AdamW: its parameters, apart from the update, become −999
 * times as large in every step.
 */
export const different = (o: Partial<TrainConfig> = {}): TrainConfig[] =>
  [
    { seed: 1, lr: 0.01 },
    { seed: 2, lr: 0.03, decayAt: 0.5, decay: 0.2 },
    { seed: 2, lr: 0.03, bnSeed: 9, steps: 25 },
    { lr: 1000 },
    { seed: 5, lr: 0.005 },
  ].map((c) => tinyConfig({ steps: 40, path: "single", ...o, ...c }));
export const adamw = { optimizer: "adamw", weightDecay: 1 } as const;

/** What becomes of a network alone. */
async function alone(machine: Machine, config: TrainConfig, until?: number) {
  const trainer = await Trainer.create({ machine, config, data: dataset });
  const losses: number[] = [];
  let diverged: string | undefined;
  try {
    await trainer.run((_, some) => losses.push(...Array.from(some)), { until });
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    diverged = error.message;
  }
  trainer.close();
  return { losses, diverged, state: trainer.state() };
}

export type Given = Pick<PopulationOptions, "states" | "submit">;

/** And in a population, in which it goes on if it is stopped. */
export async function side(
  machine: Machine,
  configs: readonly TrainConfig[],
  o: Given = {},
  stops: number[] = [],
) {
  const population = await Population.create({ machine, configs, data: dataset, ...o });
  const losses = configs.map((): number[] => []);
  const told: string[] = [];
  for (const until of [...stops, undefined])
    await population.run(
      (m, first, some) => {
        expect(first - (o.states?.[m]?.step ?? 0)).toBe(losses[m].length);
        losses[m].push(...Array.from(some));
      },
      { until, onDiverged: (_, { message }) => told.push(message) },
    );
  population.close();
  const results = population.members.map((member, m) => ({
    losses: losses[m],
    diverged: member.diverged?.message,
    state: member.state(),
  }));
  return { results, told, population };
}

export const each = (machine: Machine, configs: readonly TrainConfig[]) =>
  Promise.all(configs.map((config) => alone(machine, config)));
