/** The benchmark's parts, one after another: floor and roof, whole steps, many networks at once, single kernels; and by itself the profile of a step. */
import type { Dataset } from "../src/data/examples.ts";
import { gpuMachine } from "../src/gpu/machine.ts";
import { type FloorRow, measureFloor } from "../src/measure/floor.ts";
import { type Profile, profileStep } from "../src/measure/profile.ts";
import { measureRoof, type Roof } from "../src/measure/roof.ts";
import { allPaths, benchSteps, cpuWins, type StepRow } from "../src/measure/steps.ts";
import { ALL_PATHS } from "../src/model/plans.ts";
import { linear } from "../src/ops/index.ts";
import { sizesOf, type TrainConfig, trainConfig } from "../src/train/config.ts";
import type { OpenedMachine } from "../src/train/open.ts";
import { benchKernel, type KernelCase, type KernelRow, kernelCases } from "./kernels.ts";
import { benchPopulations, type PopulationRow } from "./populations.ts";
import { floorText, kernelsText, populationsText, profileText, roofText, stepsText } from "./report.ts";
import type { Settings } from "./settings.ts";

export const PARTS = ["floor", "steps", "populations", "kernels"] as const;
/** What can be measured by itself: the parts, and what is asked of one network. */
export const ONLY = [...PARTS, "profile"] as const;
export type Part = (typeof ONLY)[number];

export interface Results {
  floor?: readonly FloorRow[];
  roof?: Roof;
  steps?: readonly StepRow[];
  /** Sizes at which the CPU reference beats the GPU. */
  cpuWins?: readonly { readonly hidden: number; readonly batch: number }[];
  populations?: readonly PopulationRow[];
  kernels?: readonly KernelRow[];
  profile?: Profile;
}

export interface Run {
  readonly machine: OpenedMachine;
  readonly dataset: Dataset;
  readonly settings: Settings;
  readonly parts: readonly Part[];
  /** Whose step is profiled. */
  readonly config: TrainConfig;
  /** A table. */
  readonly print: (text: string) => void;
  /** What is being done. */
  readonly note: (line: string) => void;
}

/** Floor, roof, populations and kernels need a device; without one only the CPU's steps are measured. */
export async function runParts(o: Run): Promise<Results> {
  const { machine, dataset, settings, parts, config, print, note } = o;
  const { opened } = machine;
  const device = opened?.device;
  const deadline = performance.now() + settings.totalMs;
  const results: Results = {};
  if (!device) note("no GPU: floor, roof, populations and kernels are left out");
  if (device && parts.includes("floor")) {
    note("floor");
    results.floor = await measureFloor(device, settings.kernels);
    print(floorText(results.floor));
  }
  if (device && parts.some((part) => part === "floor" || part === "kernels" || part === "profile")) {
    note("roof");
    results.roof = await measureRoof(device, machine.kind === "hardware", settings.kernels);
    if (!parts.includes("profile")) print(roofText(results.roof));
  }
  if (parts.includes("steps")) {
    const paths = allPaths(device !== undefined);
    const steps = { opened, dataset, effort: settings.steps, paths, note, deadline };
    results.steps = await benchSteps(steps, settings.grid);
    results.cpuWins = cpuWins(results.steps).map(({ row: { hidden, batch } }) => ({ hidden, batch }));
    print(stepsText(results.steps));
  }
  if (opened && parts.includes("populations")) {
    const { populations: effort, networks, populationShapes } = settings;
    const fresh = () => gpuMachine(opened.device, "", opened.kind);
    const many = { machine: fresh, dataset, effort, networks, note, deadline };
    results.populations = await benchPopulations(many, populationShapes);
    print(populationsText(results.populations));
  }
  if (device && results.roof && parts.includes("kernels"))
    results.kernels = await benchAllKernels(o, device, results.roof, deadline);
  if (opened && results.roof && parts.includes("profile")) {
    const { roof } = results;
    results.profile = await profileStep({ opened, config, dataset, roof, effort: settings.profile, note });
    print(profileText(results.profile));
  }
  return results;
}

async function benchAllKernels(
  { dataset, settings, print, note }: Run,
  device: GPUDevice,
  roof: Roof,
  deadline: number,
): Promise<KernelRow[]> {
  const n = settings.squareMatmul;
  // All three transpositions.
  const cases = new Map<KernelCase, string>(
    [linear.forward, linear.backwardInput, linear.backwardWeight].map((op) => [
      { op, dims: { N: n, I: n, O: n }, plans: [...ALL_PATHS] },
      "square matmul",
    ]),
  );
  const seen = new Set<string>();
  for (const shape of settings.kernelShapes)
    for (const c of kernelCases(sizesOf(trainConfig(shape), dataset.vocabulary.size))) {
      const key = `${c.op.name} ${JSON.stringify(c.dims)}`;
      if (!seen.has(key)) cases.set(c, `hidden ${shape.hidden}, batch ${shape.batch}`);
      seen.add(key);
    }
  const until = Math.min(deadline, performance.now() + settings.kernelsBudgetMs);
  const timed = new Map<KernelCase, KernelRow>();
  for (const c of [...cases.keys()].sort((a, b) => urgency(b) - urgency(a))) {
    const late = performance.now() > until;
    if (!late) note(`kernel ${c.op.name} at ${cases.get(c)}`);
    timed.set(c, late ? outOfTime(c) : await benchKernel(device, c, roof, settings.kernels, settings));
  }
  for (const title of new Set(cases.values()))
    print(
      kernelsText(
        title,
        [...cases].filter(([, t]) => t === title).map(([c]) => timed.get(c)!),
      ),
    );
  return [...cases.keys()].map((c) => timed.get(c)!);
}

/** In case time runs out: the faster paths' kernels come first, and those that no plan uses last. */
function urgency({ plans }: KernelCase): number {
  if (plans.length === 0) return 0;
  return ALL_PATHS.some((path) => path !== "chunked" && plans.includes(path)) ? 2 : 1;
}

const outOfTime = ({ op, dims, plans }: KernelCase): KernelRow => ({
  op: op.name,
  dims,
  plans,
  status: "skipped",
  reason: "the time for kernels is used up",
});
