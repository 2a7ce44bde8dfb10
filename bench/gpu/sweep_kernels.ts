/** How the reductions over a batch should be spread over a GPU: outputs of a workgroup, and the parts that share the rows of each. */

import * as shader from "../../shaders/fast/batchnorm_tanh.wgsl.ts";
import type { Reduction } from "../../shaders/fast/common.ts";
import type { Effort } from "../../src/measure/sampling.ts";
import { perColumn } from "../../src/ops/grids.ts";
import { batchnormTanh } from "../../src/ops/index.ts";
import type { Dims, Op } from "../../src/plan/contract.ts";
import { benchKernel, type KernelRow } from "../kernels.ts";
import { digits } from "../table.ts";
import type { Sweep } from "./swept.ts";

const EFFORT: Effort = { samples: 5, sampleMs: 10, budgetMs: 150 };

/** Outputs and parts; their product is the number of invocations. */
const SPREADS: readonly (readonly [outputs: number, parts: number])[] = [
  [32, 1],
  [32, 2],
  [32, 4],
  [32, 8],
  [16, 4],
  [16, 8],
  [16, 16],
  [8, 8],
  [8, 16],
  [8, 32],
  [4, 16],
  [4, 32],
];
const SIZES: readonly Dims[] = [
  { N: 32, H: 64 },
  { N: 32, H: 200 },
  { N: 1024, H: 1024 },
];
const QUICK_SIZES: readonly Dims[] = [{ N: 70, H: 132 }];

const KERNELS: readonly (readonly [Op, (r: Reduction) => string])[] = [
  [batchnormTanh.forward, shader.forward],
  [batchnormTanh.backward, shader.backward],
];

/** The operation with its reduction spread like this. */
const spread = (op: Op, code: (r: Reduction) => string, outputs: number, parts: number): Op => ({
  ...op,
  fast: ({ N, H }) => [
    perColumn(code, N, H, Object.keys(op.bindings), { outputs, parts, terms: Math.ceil(N / parts) }),
  ],
});

interface Row extends Pick<KernelRow, "op" | "dims" | "status" | "reason" | "timing"> {
  readonly outputs?: number;
  readonly parts?: number;
}

export async function sweepKernels({ opened, quick, note, put }: Sweep): Promise<void> {
  // What is compared is times, and no share of the device's roof.
  const roof = { rows: [], peakGflopPerSecond: Number.NaN, bandwidthGbPerSecond: Number.NaN };
  const found: string[] = [];
  const all: Row[] = [];
  for (const dims of quick ? QUICK_SIZES : SIZES)
    for (const [op, code] of KERNELS) {
      note(`${op.name} at ${JSON.stringify(dims)}`);
      const time = async (variant: Op, more: Partial<Row> = {}): Promise<void> => {
        const timed = await benchKernel(opened.device, { op: variant, dims, plans: [] }, roof, EFFORT);
        const { status, reason, timing } = timed;
        rows.push({ op: op.name, dims, ...more, status, reason, timing });
      };
      const rows: Row[] = [];
      await time(op);
      for (const [outputs, parts] of quick ? SPREADS.slice(-2) : SPREADS)
        await time(spread(op, code, outputs, parts), { outputs, parts });
      all.push(...rows);
      found.push(`${op.name} at ${dims.N}x${dims.H}: ${best(rows)}`);
      put({ found, rows: all });
    }
}

/** What it is now, and the fastest three of the others. */
export function best([now, ...rows]: readonly Row[]): string {
  const say = (r: Row) => (r.timing ? `${digits(r.timing.medianUs)} µs` : `${r.status}: ${r.reason}`);
  const timed = rows.filter((r) => r.timing).sort((a, b) => a.timing!.medianUs - b.timing!.medianUs);
  const wrong = rows.filter((r) => r.status === "wrong");
  return [
    `now ${say(now)}`,
    ...[...timed.slice(0, 3), ...wrong].map((r) => `${r.outputs} outputs × ${r.parts} parts ${say(r)}`),
  ].join(", ");
}
