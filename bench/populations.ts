/** Many networks in one dispatch: checked against each of them alone, then timed side by side with fewer of them. */
import type { Dataset } from "../src/data/examples.ts";
import { countCalls } from "../src/measure/counting.ts";
import { refusal } from "../src/measure/refusal.ts";
import {
  calibrate,
  type Effort,
  LEAST_SAMPLES,
  milliseconds,
  type Spread,
  spread,
  summarize,
  type Timing,
} from "../src/measure/sampling.ts";
import type { Shape } from "../src/measure/shape.ts";
import type { Machine } from "../src/plan/machine.ts";
import { type TrainConfig, trainConfig } from "../src/train/config.ts";
import { weightArrays } from "../src/train/parameters.ts";
import { Population } from "../src/train/population.ts";
import type { TrainingState } from "../src/train/state.ts";
import { Trainer } from "../src/train/trainer.ts";

export interface PopulationRow extends Shape {
  /** How many train side by side. */
  readonly networks: number;
  /** `wrong`: a network had other bits than it has alone, and the population was not timed. */
  readonly status: "timed" | "skipped" | "wrong";
  /** Why it was not timed. */
  readonly reason?: string;
  /** Of one step of one network, minibatch and loss included. */
  readonly timing?: Timing;
  /** Network-steps per second over those of the smallest population that was timed, sample by sample. */
  readonly speedUp?: Spread;
  readonly dispatchesPerNetworkStep?: number;
  readonly submitsPerNetworkStep?: number;
  /** Creating pipelines and buffers and uploading parameters; the driver may have cached the shaders on disk. */
  readonly compileMs?: number;
}

export interface PopulationBench {
  /** A new machine on the device: each population gets its own, so that none uses another's pipelines. */
  readonly machine: () => Machine;
  readonly dataset: Dataset;
  readonly effort: Effort;
  /** Numbers of networks, ascending; the first is what the others are compared with. */
  readonly networks: readonly number[];
  readonly note: (line: string) => void;
  /** The value of `performance.now()` after which nothing new is started. */
  readonly deadline: number;
}

/** Steps whose bits are compared: of many networks a dispatch holds fewer. */
const CHECKED = 20;

/** Networks that have only their sizes in common. Their learning rates are so small that none diverges. */
const configsOf = (shape: Shape, networks: number): TrainConfig[] =>
  Array.from({ length: networks }, (_, m) =>
    trainConfig({
      ...shape,
      path: "single",
      seed: m + 1,
      bnSeed: m + 1,
      lr: 0.001 * (1 + (m % 8)),
      steps: 1e9,
      decayAt: 1,
    }),
  );

export async function benchPopulations(
  o: PopulationBench,
  shapes: readonly Shape[],
): Promise<PopulationRow[]> {
  const all: PopulationRow[] = [];
  for (const shape of shapes) all.push(...(await benchShape(o, shape)));
  return all;
}

/** What a network did in its first steps. */
interface Begun {
  readonly losses: readonly number[];
  readonly state: TrainingState;
}

/** A population that is right, ready to be sampled. */
interface Runner {
  readonly population: Population;
  readonly compileMs: number;
  /** Steps of each network in a sample. */
  readonly repeats: number;
  /** Milliseconds of the samples. */
  readonly times: number[];
}

async function benchShape(o: PopulationBench, shape: Shape): Promise<PopulationRow[]> {
  const alone = new Alone(o, configsOf(shape, Math.max(...o.networks)));
  const runners = new Map<number, Runner>();
  const untimed = new Map<number, PopulationRow>();
  try {
    for (const networks of o.networks) {
      o.note(`populations: hidden ${shape.hidden}, batch ${shape.batch}, networks ${networks}`);
      const found = await prepare(o, alone, networks);
      if ("times" in found) runners.set(networks, found);
      else untimed.set(networks, { ...shape, networks, ...found });
    }
    await sample([...runners.values()], o.effort);
    const base = runners.values().next().value;
    const rows: PopulationRow[] = [];
    for (const networks of o.networks) {
      const r = runners.get(networks);
      rows.push(
        r
          ? { ...shape, networks, ...(await timed(r, base as Runner)) }
          : (untimed.get(networks) as PopulationRow),
      );
    }
    return rows;
  } finally {
    for (const { population } of runners.values()) population.close();
  }
}

/** The first steps of each network by itself, each run once. */
class Alone {
  readonly configs: readonly TrainConfig[];
  readonly #machine: Machine;
  readonly #dataset: Dataset;
  readonly #begun: Begun[] = [];

  constructor({ machine, dataset }: PopulationBench, configs: readonly TrainConfig[]) {
    this.#machine = machine();
    this.#dataset = dataset;
    this.configs = configs;
  }

  async first(networks: number): Promise<readonly Begun[]> {
    const machine = this.#machine;
    for (const config of this.configs.slice(this.#begun.length, networks)) {
      const trainer = await Trainer.create({ machine, config, ...examplesOf(this.#dataset) });
      const losses: number[] = [];
      await trainer.run((_, some) => losses.push(...Array.from(some)), { until: CHECKED });
      this.#begun.push({ losses, state: trainer.state() });
      trainer.close();
    }
    return this.#begun;
  }
}

const examplesOf = ({ train, vocabulary }: Dataset) => ({ train, vocabulary: vocabulary.size });

/** Compiles a population, checks every network's first steps, and finds how many steps make a sample. */
async function prepare(
  o: PopulationBench,
  alone: Alone,
  networks: number,
): Promise<Runner | Pick<PopulationRow, "status" | "reason">> {
  if (performance.now() > o.deadline)
    return { status: "skipped", reason: "the time of the whole benchmark is used up" };
  let population: Population | undefined;
  try {
    const machine = o.machine();
    const configs = alone.configs.slice(0, networks);
    const start = performance.now();
    population = await Population.create({ machine, configs, ...examplesOf(o.dataset) });
    const compileMs = performance.now() - start;
    const together = population.members[0].path === "single" && population.rounds === 1;
    const reason = together ? await whyWrong(population, await alone.first(networks)) : population.note;
    if (reason !== undefined || !together) {
      population.close();
      return { status: together ? "wrong" : "skipped", reason };
    }
    const { repeats } = await calibrate(runner(population), o.effort);
    return { population, compileMs, repeats, times: [] };
  } catch (error) {
    population?.close();
    const reason = refusal(error);
    return reason ? { status: "skipped", reason } : { status: "wrong", reason: (error as Error).message };
  }
}

/** @returns the first network, and what of it, that has other bits than alone */
async function whyWrong(population: Population, want: readonly Begun[]): Promise<string | undefined> {
  const losses = population.members.map((): number[] => []);
  await population.run((m, _, some) => losses[m].push(...Array.from(some)), { until: CHECKED });
  for (const [m, member] of population.members.entries()) {
    const step = losses[m].findIndex((loss, i) => !Object.is(loss, want[m].losses[i]));
    if (step >= 0)
      return `the loss of network ${m} at step ${step} is ${losses[m][step]}, alone it is ${want[m].losses[step]}`;
    if (losses[m].length !== CHECKED) return `network ${m} made ${losses[m].length} steps of ${CHECKED}`;
    const other = new Map(weightArrays(want[m].state));
    const changed = weightArrays(member.state()).find(([name, values]) =>
      values.some((x, i) => !Object.is(x, other.get(name)?.[i])),
    );
    if (changed) return `${changed[0]} of network ${m} has other bits than alone`;
  }
}

/** Runs steps of every network. */
const runner =
  (population: Population) =>
  (steps: number): Promise<void> =>
    population.run(() => {}, { until: population.members[0].step + steps });

/** In turns, so that a drift of the machine's speed affects all alike; every second round in reverse. */
async function sample(runners: readonly Runner[], { samples, budgetMs }: Effort): Promise<void> {
  const start = performance.now();
  const spent = () => performance.now() - start;
  for (let round = 0; round < samples && (round < LEAST_SAMPLES || spent() < budgetMs); round++)
    for (const r of round % 2 ? runners.toReversed() : runners)
      r.times.push(await milliseconds(runner(r.population), r.repeats));
}

async function timed(r: Runner, base: Runner): Promise<Omit<PopulationRow, keyof Shape | "networks">> {
  const steps = (of: Runner) => of.repeats * of.population.members.length;
  const counts = await countCalls(() => runner(r.population)(r.repeats));
  return {
    status: "timed",
    timing: summarize(r.times, steps(r)),
    speedUp: spread(r.times.map((ms, round) => base.times[round] / steps(base) / (ms / steps(r)))),
    dispatchesPerNetworkStep: counts.dispatches / steps(r),
    submitsPerNetworkStep: counts.submits / steps(r),
    compileMs: r.compileMs,
  };
}
