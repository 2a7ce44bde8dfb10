/** How fast this device is: floor, roof and whole steps, as `npm run bench` measures them, within a minute. Runs in the worker; no DOM. */
import { version } from "../../../package.json";
import type { Dataset } from "../../data/examples.ts";
import { infoOf } from "../../gpu/device.ts";
import { StaleError } from "../../gpu/faults.ts";
import { DeviceLostError } from "../../gpu/lasting.ts";
import { lossOf, onLoss } from "../../gpu/loss.ts";
import type { MeasuredOn } from "../../measure/environment.ts";
import { type FloorRow, measureFloor } from "../../measure/floor.ts";
import { type Profile, profileStep } from "../../measure/profile.ts";
import { measureRoof, type Roof } from "../../measure/roof.ts";
import type { Effort } from "../../measure/sampling.ts";
import type { Shape } from "../../measure/shape.ts";
import { allPaths, benchSteps, cpuWins, type StepRow } from "../../measure/steps.ts";
import type { TrainConfig } from "../../train/config.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { textsOf } from "./texts.ts";

/** What only a page knows of where it measures. */
export interface Environment extends MeasuredOn {
  /** How the browser calls itself. */
  readonly browser: string;
  /** What the browser says of the adapter, such as its vendor. */
  readonly info: Readonly<Record<string, string>>;
}

/** What the command line's `bench --json` writes, with another environment. Floor and roof are absent without a device. */
export interface Measured {
  readonly environment: Environment;
  readonly quick: true;
  readonly floor?: readonly FloorRow[];
  readonly roof?: Roof;
  readonly steps?: readonly StepRow[];
  /** Sizes at which the CPU reference beats the device. */
  readonly cpuWins?: readonly Shape[];
  readonly seconds: number;
}

export interface Measuring {
  /** Share of the whole that is done. */
  readonly share: number;
  /** What is being measured. */
  readonly doing: string;
  /** What has been measured so far. */
  readonly found: Partial<Measured>;
}

/** How much to measure, and how thoroughly. */
export interface Extent {
  readonly shapes: readonly Shape[];
  /** Of floor and roof. */
  readonly bare: Effort;
  /** `budgetMs` is for one path at one size, without its check. */
  readonly steps: Effort;
  /** Milliseconds after which nothing new is begun. */
  readonly totalMs: number;
}

/** What was begun before the end may take some seconds more: a minute at most. */
export const EXTENT: Extent = {
  shapes: [
    { hidden: 64, batch: 32 },
    { hidden: 200, batch: 32 },
    { hidden: 1024, batch: 1024 },
  ],
  bare: { samples: 7, sampleMs: 10, budgetMs: 100 },
  steps: { samples: 7, sampleMs: 100, budgetMs: 8000 },
  totalMs: 45_000,
};

/** Milliseconds of work per submit: the page draws in between. */
const SUBMIT = 10;

/**
 * Everything is checked against the CPU before it is timed. Without a device only the CPU reference's steps are measured.
 * @param o.signal ends it after the sample that is under way, with its reason
 * @throws DeviceLostError if the device is lost meanwhile
 */
export async function measureDevice(
  machine: OpenedMachine,
  dataset: Dataset,
  o: { signal: AbortSignal; onProgress: (progress: Measuring) => void; extent?: Extent },
): Promise<Measured> {
  const { shapes, bare, steps, totalMs } = o.extent ?? EXTENT;
  await requireDevice(machine);
  const { opened } = machine;
  const start = performance.now();
  const paths = allPaths(opened !== undefined);
  const pieces = (opened ? 2 : 0) + shapes.length * paths.length;
  let found: Partial<Measured> = { environment: await environmentOf(machine), quick: true };
  let begun = 0;
  const begin = (doing: string, signal: AbortSignal) => {
    signal.throwIfAborted();
    o.onProgress({ share: begun++ / pieces, doing, found });
  };
  const work = async (signal: AbortSignal): Promise<void> => {
    if (opened) {
      begin("the floor", signal);
      const floor = await measureFloor(opened.device, { ...bare, signal });
      found = { ...found, floor };
      begin("the roof", signal);
      const roof = await measureRoof(opened.device, opened.kind === "hardware", { ...bare, signal });
      found = { ...found, roof };
    }
    await benchSteps(
      {
        opened,
        dataset,
        paths,
        effort: { ...steps, signal },
        submit: SUBMIT,
        note: () => {},
        onRows: (steps) => {
          found = { ...found, steps: [...steps], cpuWins: cpuWins(steps).map(shapeOf) };
        },
        begin: (path, { hidden, batch }) => begin(`hidden ${hidden}, batch ${batch}: ${path}`, signal),
        deadline: start + totalMs,
      },
      shapes,
    );
  };
  await unlessLost(opened?.device, o.signal, work);
  return { ...(found as Measured), seconds: (performance.now() - start) / 1000 };
}

/**
 * Does `work`, which heeds the signal that it is given.
 * @throws DeviceLostError if the device is lost meanwhile; the reason with which `wanted` was aborted
 */
async function unlessLost<T>(
  device: GPUDevice | undefined,
  wanted: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const { signal } = over;
  const end = () => over.abort(wanted.reason);
  wanted.addEventListener("abort", end);
  if (wanted.aborted) end();
  let forget = () => {};
  // Nobody knows whether what waits for a lost device is ever told.
  const lost = new Promise<never>((_, reject) => {
    if (!device) return;
    forget = onLoss(device, ({ message, reason }) => {
      const why = (message || reason).replace(/\.$/, "");
      const error = new DeviceLostError(
        `the device was lost (${why}) while it was measured, so there is no result; measure it again`,
      );
      over.abort(error);
      reject(error);
    });
  });
  try {
    return await Promise.race([work(signal), lost]);
  } catch (error) {
    // Whatever else fails then, fails because of that.
    throw signal.aborted ? signal.reason : error;
  } finally {
    forget();
    wanted.removeEventListener("abort", end);
  }
}

/** How thoroughly a step is profiled. */
const PROFILE: Effort = { samples: 5, sampleMs: 20, budgetMs: 10_000 };

/**
 * Where the time of a step goes.
 * @throws DeviceLostError, as {@link measureDevice}; WrongStepError; LimitError, PlanError and MemoryError for sizes that do not fit
 */
export async function profileDevice(
  machine: OpenedMachine,
  dataset: Dataset,
  config: TrainConfig,
  o: { signal: AbortSignal; note: (doing: string) => void; effort?: Effort },
): Promise<Profile> {
  await requireDevice(machine);
  const { opened } = machine;
  if (!opened)
    throw new Error(
      "there is no GPU here, and the CPU reference has no dispatches; use a browser with WebGPU",
    );
  const { note, effort = PROFILE } = o;
  return unlessLost(opened.device, o.signal, async (signal) => {
    note("the roof");
    const bare = { ...EXTENT.bare, budgetMs: Math.min(EXTENT.bare.budgetMs, effort.budgetMs), signal };
    const roof = await measureRoof(opened.device, opened.kind === "hardware", bare);
    return profileStep({ opened, config, dataset, roof, effort, note, signal });
  });
}

const shapeOf = ({ row: { hidden, batch } }: { row: Shape }): Shape => ({ hidden, batch });

/** A device that was lost before is opened anew. */
const requireDevice = (machine: OpenedMachine): Promise<void> =>
  machine.survive(async () => {
    if (machine.opened && lossOf(machine.opened.device)) throw new StaleError("of the measurement");
  });

async function environmentOf({ name, kind, opened }: OpenedMachine): Promise<Environment> {
  // Node has no navigator before version 21.
  const agent: Agent = typeof navigator === "undefined" ? {} : navigator;
  return {
    date: new Date().toISOString(),
    adapter: name,
    kind,
    browser: agent.userAgent ?? "",
    platform: agent.userAgentData?.platform || agent.platform || "",
    cores: agent.hardwareConcurrency ?? 0,
    version,
    info: opened ? textsOf(await infoOf(opened.adapter)) : {},
  };
}

/** Chromium says the platform in another place than the others. */
interface Agent extends Partial<Pick<Navigator, "userAgent" | "platform" | "hardwareConcurrency">> {
  readonly userAgentData?: { readonly platform: string };
}
