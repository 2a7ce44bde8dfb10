/** What a dispatch could take at least on a device, and what keeps it from taking less. */
import { defineOp, type Kernel, update } from "../plan/contract.ts";
import { bindPlan, type Plan } from "../plan/plan.ts";
import type { Roof } from "./roof.ts";

/** A dispatch of X × Y × Z workgroups of I invocations, which do next to nothing. */
const empty = defineOp({
  name: "empty",
  math: "n ← n + 1",
  bindings: { n: update("") },
  plain: ({ X, Y, Z, I }) => [
    {
      pass: "",
      code: `@compute @workgroup_size(${I}) fn main(@builtin(global_invocation_id) id: vec3u) {
if (all(id == vec3u())) { n[0] += 1.0; }
}`,
      grid: [X, Y, Z],
      invocations: I,
    },
  ],
  twin: ({ n }) => {
    n[0]++;
  },
  cases: [{ X: 1, Y: 1, Z: 1, I: 1 }],
  tolerance: { rtol: 0, atol: 0 },
  flops: () => 1,
});

/** A plan of as many workgroups of the same size as these kernels have. Each dispatch waits for the one before, as those of a step do. */
export const emptyPlan = (kernels: readonly Pick<Kernel, "grid" | "invocations">[]): Plan =>
  bindPlan(
    "empty",
    [{ name: "n", shape: [], symbols: [], type: "f32", role: "state" }],
    kernels.map(({ grid: [X, Y, Z], invocations: I }) => ({
      op: empty,
      args: { n: "n" },
      sizes: { X, Y, Z, I },
    })),
  );

/** What a device was measured to do at its best. */
export type Peaks = Pick<Roof, "peakGflopPerSecond" | "bandwidthGbPerSecond">;

export interface Work {
  readonly flops: number;
  /** That must be moved at least. */
  readonly bytes: number;
}

export type Bound = "flops" | "bytes" | "dispatch";

/** A dispatch that takes less than so many empty ones spends at least half of its time on being started. */
const STARTING = 2;

/** Microseconds that the roof allows at least, by what there is to compute and by what there is to move. */
const least = ({ flops, bytes }: Work, { peakGflopPerSecond, bandwidthGbPerSecond }: Peaks) => ({
  flops: flops / peakGflopPerSecond / 1000,
  bytes: bytes / bandwidthGbPerSecond / 1000,
});

/** Microseconds: what takes less is a difference of times that were about the same. */
const RESOLUTION = 0.01;

/** The least time that the roof allows over the time that it took; 1 is the roof. 0 where that time is too short to tell. */
export function roofShare(us: number, work: Work, peaks: Peaks): number {
  const { flops, bytes } = least(work, peaks);
  return us > RESOLUTION ? Math.max(flops, bytes) / us : 0;
}

/**
 * `dispatch` where half of the time or more goes into starting it, or where there is nothing to compute or to move; else which part of the work
 * takes longer at the roof.
 * @param emptyUs microseconds of an empty dispatch of as many workgroups
 */
export function boundBy(us: number, emptyUs: number, work: Work, peaks: Peaks): Bound {
  const { flops, bytes } = least(work, peaks);
  if (us < STARTING * emptyUs || flops + bytes === 0) return "dispatch";
  return flops > bytes ? "flops" : "bytes";
}
