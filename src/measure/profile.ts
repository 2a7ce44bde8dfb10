/** Where a step's time goes: each of its dispatches on its own, checked first and then timed. */
import type { Dataset } from "../data/examples.ts";
import type { OpenedDevice } from "../gpu/device.ts";
import type { GpuExecutable } from "../gpu/executable.ts";
import { gpuMachine } from "../gpu/machine.ts";
import { type AnyPath, stepPlan, stepsOf } from "../model/plans.ts";
import { phasedPlan } from "../model/single/plan.ts";
import type { Plan } from "../plan/plan.ts";
import { resolvePath, sizesOf, type TrainConfig } from "../train/config.ts";
import { updateRuleOf } from "../train/optimizer.ts";
import { uploadWeights } from "../train/parameters.ts";
import { type Bound, boundBy, emptyPlan, type Peaks, roofShare } from "./bound.ts";
import { byDispatch, type Part, sampleOf } from "./dispatches.ts";
import { RepeatedStep } from "./minibatch.ts";
import { byPhase, ONCE } from "./phases.ts";
import { whyWrong } from "./right.ts";
import { calibrate, type Effort, inTurns, median, milliseconds, type Sample } from "./sampling.ts";
import { deviceTimes, hostClock } from "./stopwatch.ts";

/** A dispatch of a step, or on the single path a phase of its only one. */
export interface ProfileRow extends Part {
  /** Microseconds per step, a median. */
  readonly us: number;
  /** Of the sum of all rows. */
  readonly share: number;
  /** What must be moved and computed at least. An operation of several dispatches has its own divided among them as their time is. */
  readonly bytes: number;
  readonly flops: number;
  /** The least time that the roof allows, over its time; 1 is the roof. */
  readonly roofShare: number;
  /** Of an empty dispatch of as many workgroups; of a phase, the part of one that a step has. */
  readonly emptyUs: number;
  readonly boundBy: Bound;
}

/** How rows were timed: see `dispatches.ts` and `phases.ts`. */
export type Method = "timestamps" | "prefixes" | "phases";

export interface Profile {
  readonly path: AnyPath;
  /** Why this path, if that needs explaining. */
  readonly pathNote?: string;
  readonly hidden: number;
  readonly batch: number;
  readonly optimizer: string;
  readonly method: Method;
  readonly profile: readonly ProfileRow[];
  readonly sumUs: number;
  /** Steps in one pass, which is what rows are parts of: dispatches wait for one another and find what others left in the caches. */
  readonly passUs: number;
  /** Steps in submits as long as in training: with upload and readback. */
  readonly stepUs: number;
  /** What rows are compared with. */
  readonly roof: Peaks;
}

/** A step that disagrees with the CPU, which is not timed. */
export class WrongStepError extends Error {
  override name = "WrongStepError";
}

export interface ProfileOptions {
  readonly opened: Pick<OpenedDevice, "device" | "kind">;
  readonly config: TrainConfig;
  readonly dataset: Pick<Dataset, "train" | "vocabulary">;
  readonly roof: Peaks;
  /** `budgetMs` is for the samples of all rows together. */
  readonly effort: Effort;
  /** Takes what is being done. */
  readonly note?: (line: string) => void;
  /** With `false` the device's timestamps are not used. */
  readonly timestamps?: boolean;
  readonly signal?: AbortSignal;
}

/** Milliseconds of a submit in training. */
const SUBMIT = 50;
/** Submits that are timed together, and those before them: how a submit is waited for depends on the last two. */
const SUBMITS = 4;
const BEFORE = 3;

/**
 * @throws WrongStepError; LimitError, PlanError and MemoryError for sizes that do not fit; whatever `signal` was aborted with
 */
export async function profileStep(o: ProfileOptions): Promise<Profile> {
  const { config, dataset, roof, effort, note = () => {}, signal } = o;
  const { device, kind } = o.opened;
  const vocabulary = dataset.vocabulary.size;
  const { path, note: pathNote } = resolvePath(config, vocabulary, kind);
  const sizes = sizesOf(config, vocabulary);
  const rule = updateRuleOf(config);
  const step = new RepeatedStep(config, sizes, dataset.train);
  const machine = gpuMachine(device, "", kind);

  const opened: GpuExecutable[] = [];
  /** Compiles, checks, and leaves the step's values on the device. */
  const prepare = async (plan: Plan, tail?: readonly number[]): Promise<GpuExecutable> => {
    const doing = (what: string) => {
      signal?.throwIfAborted();
      note(`${what} ${plan.name} at hidden ${config.hidden}, batch ${config.batch}`);
    };
    doing("compiling");
    const executable = (await machine.compile(plan)) as GpuExecutable;
    opened.push(executable);
    doing("checking");
    uploadWeights(executable, step.state);
    const wrong = await whyWrong(executable, (inputs) => step.fillToCheck(inputs, tail));
    if (wrong !== undefined)
      throw new WrongStepError(`the ${path} step is wrong and was not timed: ${wrong}`);
    doing("timing");
    uploadWeights(executable, step.state);
    await executable.run(1, (inputs) => step.fill(inputs, tail));
    return executable;
  };

  try {
    const executable = await prepare(stepPlan(sizes, path, { update: rule }));
    const { passes } = executable;
    const whole = executable.section(0, passes.length);
    const { repeats, ms } = await calibrate((n) => whole.run(n), effort);
    const deviceClock = o.timestamps === false ? undefined : await deviceTimes(device, whole, repeats);
    const clock = deviceClock ?? hostClock;
    const phased = path === "single" ? await prepare(phasedPlan(sizes, rule), ONCE) : undefined;
    const timed = phased
      ? await byPhase(phased, step, clock, effort)
      : await byDispatch(executable, deviceClock, effort);

    const empty = (await machine.compile(emptyPlan(passes.map((p) => p.kernel)))) as GpuExecutable;
    opened.push(empty);
    const empties: Sample[] = [];
    for (const i of passes.keys()) empties.push(await sampleOf(empty.section(i, i + 1), clock, effort));

    const runs = Math.max(1, Math.min(executable.capacity, Math.floor((SUBMIT * repeats) / ms)));
    const train = async (submits: number) => {
      for (let i = 0; i < submits; i++) await executable.run(runs, (inputs) => step.fill(inputs));
    };
    const steps: readonly Sample[] = [
      async () => (1000 * (await clock.time(whole, repeats))) / repeats,
      async () => {
        await train(BEFORE);
        return (1000 * (await milliseconds(train, SUBMITS))) / runs / SUBMITS;
      },
    ];
    const times = await inTurns([...steps, ...empties, ...timed.samples], effort, signal);
    deviceClock?.close();
    // A dispatch of the single path is many steps.
    const each = stepsOf(executable.plan);
    const [passUs, stepUs, ...emptyUs] = times
      .slice(0, steps.length + empties.length)
      .map((t) => median(t) / each);
    const us = timed.us(times.slice(steps.length + empties.length));
    const sumUs = us.reduce((a, b) => a + b, 0);
    const work = timed.work(us);
    const profile = timed.parts.map((part, i): ProfileRow => {
      // Phases have one dispatch in common.
      const least = emptyUs[phased ? 0 : i];
      return {
        ...part,
        us: us[i],
        share: sumUs > 0 ? us[i] / sumUs : 0,
        ...work[i],
        roofShare: roofShare(us[i], work[i], roof),
        emptyUs: least,
        boundBy: boundBy(us[i], least, work[i], roof),
      };
    });
    const { hidden, batch, optimizer } = config;
    const method = phased ? "phases" : deviceClock ? "timestamps" : "prefixes";
    return { path, pathNote, hidden, batch, optimizer, method, profile, sumUs, passUs, stepUs, roof };
  } finally {
    for (const e of opened) e.close();
    machine.close();
  }
}
