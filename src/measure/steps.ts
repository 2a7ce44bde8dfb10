/** Whole training steps, by path and on the CPU, checked and then timed side by side. */
import { cpuMachine } from "../cpu/machine.ts";
import type { Dataset } from "../data/examples.ts";
import type { OpenedDevice } from "../gpu/device.ts";
import { gpuMachine } from "../gpu/machine.ts";
import { ALL_PATHS, type AnyPath, stepPlan } from "../model/plans.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import { type Dims, minimumBytes, type Op } from "../plan/contract.ts";
import type { Machine } from "../plan/machine.ts";
import { freeMemory } from "../plan/memory.ts";
import { type Plan, size } from "../plan/plan.ts";
import { sizesOf, type TrainConfig, trainConfig } from "../train/config.ts";
import { initialState, type TrainingState } from "../train/state.ts";
import { Trainer } from "../train/trainer.ts";
import { countCalls } from "./counting.ts";
import { refusal } from "./refusal.ts";
import { calibrate, type Effort, milliseconds, summarize, type Timing } from "./sampling.ts";
import type { Shape } from "./shape.ts";

export interface StepRow extends Shape {
  /** `cpu` is the CPU reference on the fused plan. */
  readonly path: AnyPath | "cpu";
  /** `wrong`: its first step was not the CPU's, and it was not timed. */
  readonly status: "timed" | "skipped" | "wrong";
  /** Why it was not timed. */
  readonly reason?: string;
  readonly firstLoss?: number;
  readonly firstLossOnCpu?: number;
  /** Of a step as the trainer runs it: drawing and uploading its minibatch and reading back its loss included. */
  readonly timing?: Timing;
  readonly examplesPerSecond?: number;
  readonly dispatchesPerStep?: number;
  readonly submitsPerStep?: number;
  /** What the plan's operations compute, and the least memory traffic they need. */
  readonly flopsPerStep?: number;
  readonly minimumBytesPerStep?: number;
  /** Creating pipelines and buffers and uploading parameters; the driver may have cached the shaders on disk. */
  readonly compileMs?: number;
}

/** The largest allowed difference of a path's first loss from the CPU's. */
const LOSS_TOLERANCE = 1e-3;

/**
 * The largest allowed difference of an element's first update from the CPU's: a share of the largest in its tensor; what rounding leaves of a
 * gradient that is 0, as `b1`'s is before BatchNorm; and so many roundings of the parameter, which hide a small update.
 */
const UPDATE_TOLERANCE = 1e-3;
const NOISE = 1e-6;
const ROUNDINGS = 4;

/** The share of free memory that one size may take, on the CPU and on a device that shares its memory. */
const MEMORY_SHARE = 0.6;

export interface StepBench {
  /** Absent without a GPU. */
  readonly opened?: Pick<OpenedDevice, "device" | "kind">;
  readonly dataset: Dataset;
  readonly effort: Effort;
  /** What to time, in this order. */
  readonly paths: readonly StepRow["path"][];
  readonly note: (line: string) => void;
  /** Told of each path at each size before it is compiled. */
  readonly begin?: (path: StepRow["path"], shape: Shape) => void;
  /** Told of all rows so far, after each size. */
  readonly onRows?: (rows: readonly StepRow[]) => void;
  /** Milliseconds of work per submit, if not as many as in training. */
  readonly submit?: number;
  /** The value of `performance.now()` after which nothing new is started. */
  readonly deadline: number;
}

export const allPaths = (gpu: boolean): StepRow["path"][] => [...(gpu ? ALL_PATHS : []), "cpu"];

/** Goes from the least to the most work, so that the cost of a size can be predicted from the sizes before it. */
export async function benchSteps(o: StepBench, grid: readonly Shape[]): Promise<StepRow[]> {
  const speed = new Speed();
  const all: StepRow[] = [];
  for (const shape of [...grid].sort((a, b) => a.hidden * a.batch - b.hidden * b.batch)) {
    o.note(`steps: hidden ${shape.hidden}, batch ${shape.batch}`);
    all.push(...(await benchShape(o, shape, speed)));
    o.onRows?.(all);
  }
  return all;
}

/** Milliseconds per FLOP, as last seen. */
class Speed {
  readonly #rates = new Map<string, number>();

  record(what: string, plan: Plan, ms: number): void {
    this.#rates.set(what, ms / flopsOf(plan));
  }

  /** Milliseconds that `plan` should take; 0 if nothing is known. */
  foresee(what: string, plan: Plan): number {
    return (this.#rates.get(what) ?? 0) * flopsOf(plan);
  }
}

/** A sum over a plan's operations, for one step: a dispatch that runs many steps has their number as its size S. */
const perStep = (plan: Plan, of: (op: Op, d: Dims) => number): number =>
  plan.calls.reduce((sum, c) => sum + of(c.op, c.dims) / (c.dims.S ?? 1), 0);

const flopsOf = (plan: Plan): number => perStep(plan, (op, d) => op.flops(d));

const bytesOf = (plan: Plan): number =>
  [...plan.tensors.values()].reduce((sum, t) => sum + (t.view ? 0 : 4 * size(t)), 0);

/** One path at one size, ready to be sampled. */
interface Runner {
  readonly path: StepRow["path"];
  readonly plan: Plan;
  readonly trainer: Trainer;
  readonly first: Outcome;
  readonly compileMs: number;
  readonly repeats: number;
  /** Milliseconds of the last calibrating run. */
  readonly ms: number;
  readonly times: number[];
}

const STEPS = 1e9;

/**
 * Settings as in training, but for the learning rate: 1 at the first step, which is checked, so that its updates are the gradients, and from then
 * on so small that no size diverges.
 */
const configOf = (shape: Shape, path: AnyPath): TrainConfig =>
  trainConfig({ ...shape, path, lr: 1, decay: 0.001, steps: STEPS, decayAt: 1 / STEPS });

async function benchShape(o: StepBench, shape: Shape, speed: Speed): Promise<StepRow[]> {
  const config = configOf(shape, "fused");
  const sizes = sizesOf(config, o.dataset.vocabulary.size);
  const skipped = (path: StepRow["path"], reason: string): StepRow => ({
    ...shape,
    path,
    status: "skipped",
    reason,
  });
  const late = () =>
    performance.now() > o.deadline ? "the time of the whole benchmark is used up" : undefined;
  const plan = stepPlan(sizes, "fused");
  const refused = late() ?? tooLong(speed.foresee("cpu", plan), 1, o.effort) ?? tooBig(bytesOf(plan));
  if (refused) return o.paths.map((path) => skipped(path, `the CPU's check: ${refused}`));

  const state = initialState(config, o.dataset.vocabulary.size);
  const want = await firstStepOf(cpuMachine(), config, state, o);

  const rows: StepRow[] = [];
  const runners: Runner[] = [];
  try {
    for (const path of o.paths) {
      o.effort.signal?.throwIfAborted();
      o.begin?.(path, shape);
      try {
        const runner = late() ?? (await prepare(o, shape, path, { sizes, state, speed }));
        if (typeof runner === "string") {
          rows.push(skipped(path, runner));
          continue;
        }
        runners.push(runner);
      } catch (error) {
        o.effort.signal?.throwIfAborted();
        const reason = refusal(error);
        rows.push(
          reason
            ? skipped(path, reason)
            : { ...shape, path, status: "wrong", reason: (error as Error).message },
        );
      }
    }
    const wrong = new Map(runners.map((r) => [r, differs(r.first, want, state)]));
    const right = runners.filter((r) => wrong.get(r) === undefined);
    await sample(right, o.effort);
    for (const r of runners) {
      const losses = { firstLoss: r.first.loss, firstLossOnCpu: want.loss };
      const reason = wrong.get(r);
      rows.push(
        reason === undefined
          ? { ...(await timedRow(r, shape, o.opened !== undefined)), ...losses }
          : { ...shape, path: r.path, status: "wrong", reason, ...losses },
      );
    }
    for (const r of right) speed.record(r.path, r.plan, medianMs(r));
  } finally {
    for (const r of runners) r.trainer.close();
  }
  return o.paths.map((path) => rows.find((row) => row.path === path)!);
}

const medianMs = (r: Runner): number => summarize(r.times, r.repeats).medianUs / 1000;

/** A step's loss, and the parameters after it. */
export interface Outcome {
  readonly loss: number;
  readonly parameters: Parameters;
}

/** What a machine makes of the first step. */
async function firstStepOf(
  machine: Machine,
  config: TrainConfig,
  state: TrainingState,
  { dataset }: StepBench,
): Promise<Outcome> {
  const { train, vocabulary } = dataset;
  const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size, state });
  try {
    return await oneStep(trainer);
  } finally {
    trainer.close();
  }
}

async function oneStep(trainer: Trainer): Promise<Outcome> {
  let loss = Number.NaN;
  await trainer.run(
    (_, losses) => {
      loss = losses[0];
    },
    { until: trainer.step + 1 },
  );
  return { loss, parameters: trainer.state().parameters };
}

/** Why a first step is not the CPU's, in a line; nothing if it is. */
export function differs(
  got: Outcome,
  want: Outcome,
  { parameters: before }: TrainingState,
): string | undefined {
  if (!(Math.abs(got.loss - want.loss) <= LOSS_TOLERANCE))
    return `its first loss is ${got.loss}, the CPU's is ${want.loss}`;
  for (const name of Object.keys(before) as (keyof Parameters)[]) {
    const [old, mine, its] = [before[name], got.parameters[name], want.parameters[name]];
    let largest = 0;
    for (let i = 0; i < old.length; i++) largest = Math.max(largest, Math.abs(its[i] - old[i]));
    for (let i = 0; i < old.length; i++) {
      const allowed = UPDATE_TOLERANCE * largest + NOISE + ROUNDINGS * 2 ** -23 * Math.abs(its[i]);
      if (!(Math.abs(mine[i] - its[i]) <= allowed))
        return `its first update of ${name}[${i}] is ${mine[i] - old[i]}, the CPU's is ${its[i] - old[i]}`;
    }
  }
  return undefined;
}

/** Compiles, runs the first step and finds how many steps make a sample. @returns a string to say why not */
async function prepare(
  o: StepBench,
  shape: Shape,
  path: StepRow["path"],
  { sizes, state, speed }: { sizes: Sizes; state: TrainingState; speed: Speed },
): Promise<Runner | string> {
  const config = configOf(shape, path === "cpu" ? "fused" : path);
  const plan = stepPlan(sizes, config.path === "auto" ? "fused" : config.path);
  const refused = tooLong(speed.foresee(path, plan), 3, o.effort) ?? tooBig(bytesOf(plan));
  if (refused) return refused;
  // Its own machine, so that no other path's pipelines are reused.
  const { device, kind } = o.opened ?? {};
  const machine: Machine = path === "cpu" ? cpuMachine() : gpuMachine(device!, "", kind);
  const vocabulary = o.dataset.vocabulary.size;
  const start = performance.now();
  const trainer = await Trainer.create({
    machine,
    config,
    train: o.dataset.train,
    vocabulary,
    state,
    submit: o.submit,
  });
  const compileMs = performance.now() - start;
  if (trainer.path !== config.path) {
    trainer.close();
    return `the trainer takes the ${trainer.path} path`;
  }
  const first = await oneStep(trainer);
  const calibrated = await calibrate((repeats) => advance(trainer, repeats), o.effort);
  return { path, plan, trainer, first, compileMs, ...calibrated, times: [] };
}

const advance = (trainer: Trainer, steps: number): Promise<void> =>
  trainer.run(() => {}, { until: trainer.step + steps });

/** In turns, so that a drift of the machine's speed affects all alike; a slow one drops out once its budget is spent. */
async function sample(runners: readonly Runner[], { samples, budgetMs, signal }: Effort): Promise<void> {
  for (let round = 0; round < samples; round++)
    for (const r of runners) {
      signal?.throwIfAborted();
      const spent = r.times.reduce((sum, ms) => sum + ms, r.ms);
      if (round > 0 && spent + r.ms > budgetMs) continue;
      r.times.push(await milliseconds((repeats) => advance(r.trainer, repeats), r.repeats));
    }
}

async function timedRow(r: Runner, shape: Shape, gpu: boolean): Promise<StepRow> {
  const timing = summarize(r.times, r.repeats);
  const counts =
    gpu && r.path !== "cpu"
      ? await countCalls(() => advance(r.trainer, r.repeats))
      : { dispatches: 0, submits: 0 };
  return {
    ...shape,
    path: r.path,
    status: "timed",
    timing,
    examplesPerSecond: (1e6 * shape.batch) / timing.medianUs,
    dispatchesPerStep: counts.dispatches / r.repeats,
    submitsPerStep: counts.submits / r.repeats,
    flopsPerStep: flopsOf(r.plan),
    minimumBytesPerStep: perStep(r.plan, minimumBytes),
    compileMs: r.compileMs,
  };
}

/** @param steps that it needs at least: a path its first one, one to calibrate and one sample */
function tooLong(ms: number, steps: number, { budgetMs }: Effort): string | undefined {
  if (steps * ms <= budgetMs) return undefined;
  return `a step takes about ${seconds(ms)} s, and all of them together may take ${seconds(budgetMs)} s`;
}

function tooBig(bytes: number): string | undefined {
  const free = MEMORY_SHARE * freeMemory();
  if (bytes <= free) return undefined;
  return `its tensors need ${gigabytes(bytes)} GB, and ${gigabytes(free)} GB may be used`;
}

const seconds = (ms: number): string => (ms / 1000).toPrecision(2);
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** Sizes at which the CPU reference beats every path on the GPU; empty if nothing was compared. */
export function cpuWins(rows: readonly StepRow[]): { row: StepRow; best: StepRow }[] {
  const timed = rows.filter((r) => r.timing);
  return timed
    .filter((r) => r.path === "cpu")
    .flatMap((row) => {
      const rivals = timed.filter(
        (r) => r.path !== "cpu" && r.hidden === row.hidden && r.batch === row.batch,
      );
      if (rivals.length === 0) return [];
      const best = rivals.reduce((a, b) => (b.timing!.medianUs < a.timing!.medianUs ? b : a));
      return row.timing!.medianUs < best.timing!.medianUs ? [{ row, best }] : [];
    });
}
