/**
 * How kernels should be spread over a GPU: the reductions' outputs of a workgroup, and the parts that share the rows of each; and the slices of
 * the long sums of thin products.
 */

import * as shader from "../../shaders/fast/batchnorm_tanh.wgsl.ts";
import type { Reduction } from "../../shaders/fast/common.ts";
import type { Effort } from "../../src/measure/sampling.ts";
import { perColumn } from "../../src/ops/grids.ts";
import { batchnormTanh, linear } from "../../src/ops/index.ts";
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

const PRODUCTS: readonly (readonly [Op, Dims])[] = [
  [linear.forward, { N: 1024, I: 1024, O: 27 }],
  [linear.backward, { N: 1024, I: 1024, O: 27 }],
  [linear.backward, { N: 1024, I: 30, O: 1024 }],
];
const QUICK_PRODUCTS: typeof PRODUCTS = [[linear.forward, { N: 64, I: 512, O: 18 }]];

/** Workgroups to aim at, and the fewest terms of a slice. */
const SLICINGS: readonly (readonly [workgroups: number, terms: number])[] = [
  [1, 1024],
  [128, 256],
  [128, 128],
  [256, 64],
  [512, 32],
];

/** The operation with its sums sliced like this, as a GPU has it also on a software adapter. */
const sliced = (op: Op, workgroups: number, terms: number): Op => ({
  ...op,
  fast: (d, target) => op.fast!(d, { ...target, lanes: 1, slicing: { workgroups, terms } }),
});

/** An operation at some sizes, and its variants by name. */
interface Case {
  readonly op: Op;
  readonly dims: Dims;
  readonly variants: Readonly<Record<string, Op>>;
}

function cases(quick: boolean): Case[] {
  const reductions = KERNELS.flatMap(([op, code]) =>
    (quick ? QUICK_SIZES : SIZES).map((dims) => ({
      op,
      dims,
      variants: Object.fromEntries(
        (quick ? SPREADS.slice(-2) : SPREADS).map(([outputs, parts]) => [
          `${outputs} outputs × ${parts} parts`,
          spread(op, code, outputs, parts),
        ]),
      ),
    })),
  );
  const products = (quick ? QUICK_PRODUCTS : PRODUCTS).map(([op, dims]) => ({
    op,
    dims,
    variants: Object.fromEntries(
      SLICINGS.map(([workgroups, terms]) => [
        `${workgroups} workgroups, ${terms} terms`,
        sliced(op, workgroups, terms),
      ]),
    ),
  }));
  return [...reductions, ...products];
}

interface Row extends Pick<KernelRow, "op" | "dims" | "status" | "reason" | "timing"> {
  readonly variant: string;
}

export async function sweepKernels({ opened, quick, note, put }: Sweep): Promise<void> {
  // What is compared is times, and no share of the device's roof.
  const roof = { rows: [], peakGflopPerSecond: Number.NaN, bandwidthGbPerSecond: Number.NaN };
  const found: string[] = [];
  const all: Row[] = [];
  for (const { op, dims, variants } of cases(quick)) {
    const size = Object.values(dims).join("x");
    note(`${op.name} at ${size}`);
    const rows: Row[] = [];
    for (const [variant, changed] of Object.entries({ now: op, ...variants })) {
      const timed = await benchKernel(opened.device, { op: changed, dims, plans: [] }, roof, EFFORT);
      const { status, reason, timing } = timed;
      rows.push({ op: op.name, dims, variant, status, reason, timing });
    }
    all.push(...rows);
    found.push(`${op.name} at ${size}: ${best(rows)}`);
    put({ found, rows: all });
  }
}

/** What it is now, the fastest three of the others, and those that are wrong. */
export function best([now, ...rows]: readonly Row[]): string {
  const say = (r: Row) =>
    `${r.variant} ${r.timing ? `${digits(r.timing.medianUs)} µs` : `${r.status}: ${r.reason}`}`;
  const timed = rows.filter((r) => r.timing).sort((a, b) => a.timing!.medianUs - b.timing!.medianUs);
  const wrong = rows.filter((r) => r.status === "wrong");
  return [now, ...timed.slice(0, 3), ...wrong].map(say).join(", ");
}
