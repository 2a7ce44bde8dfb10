/** The whole training step in one workgroup, many steps in one dispatch. */
import type { Area, AreaName, StepLayout } from "../../shaders/step_layout.ts";
import { trainStep } from "../../shaders/train_step.wgsl.ts";
import {
  type Dims,
  defineOp,
  type FloatArray,
  type Kernel,
  read,
  readIndex,
  type TwinArgs,
  update,
  write,
} from "../plan/contract.ts";
import { ANY_DEVICE, LANES, type Target, WORKGROUP_BYTES } from "../plan/target.ts";
import * as batchnorm from "./batchnorm.ts";
import * as crossEntropy from "./cross_entropy.ts";
import * as embedding from "./embedding.ts";
import * as linear from "./linear.ts";
import * as reduce from "./reduce.ts";
import * as tanh from "./tanh.ts";

/** Parameters start on multiples of 256 bytes, the coarsest alignment a device may ask of a binding. */
const ALIGN = 64;
const aligned = (elements: number): number => Math.ceil(elements / ALIGN) * ALIGN;

/** Offsets, in floats, of tensors of these sizes laid end to end, each aligned; and the length of it all. */
export function layOut<K extends string>(
  sizes: Readonly<Record<K, number>>,
): { offsets: Readonly<Record<K, number>>; length: number } {
  const offsets = {} as Record<K, number>;
  let length = 0;
  for (const name of Object.keys(sizes) as K[]) {
    offsets[name] = length;
    length += aligned(sizes[name]);
  }
  return { offsets, length };
}

/** What follows C and W1 in the arena of parameters. */
const tailOf = ({ V, H }: Dims) => layOut({ b1: H, W2: H * V, b2: V, bngain: H, bnbias: H });

/** Most invocations of a workgroup that every device has. */
const MAX_INVOCATIONS = 256;
/** Columns of the hidden layer that an invocation owns, and the most rows. */
const OWN = 2;
const ROWS = 32;
/** Rows that are enough for one invocation where each loads its operands itself: others then share the work. */
const FEW_ROWS = 8;

/** Invocations that own all columns, whole subgroups. */
const ownersOf = (H: number, lanes: number): number => Math.ceil(H / OWN / lanes) * lanes;

function blocksOf({ N, H }: Dims, lanes: number): number {
  const fewest = Math.ceil(N / ROWS);
  if (lanes > 1) return fewest;
  const room = Math.floor(MAX_INVOCATIONS / ownersOf(H, lanes));
  return Math.max(fewest, Math.min(Math.ceil(N / FEW_ROWS), room));
}

/** How a step of these sizes is cut up; see {@link trainStep}. */
function layoutOf(
  d: Dims,
  gradients: boolean,
  { lanes, workgroupBytes }: Target,
): { layout: StepLayout; scratch: number; bytes: number } {
  const rowBlocks = blocksOf(d, lanes);
  const quads = Math.ceil(d.N / rowBlocks / 4);
  const owners = ownersOf(d.H, lanes);
  const inputs = Math.ceil((d.T * d.E + 1) / 4);
  const classes = Math.ceil(d.V / 4);
  const [batch, columns] = [rowBlocks * quads, OWN * owners];
  const sizes: Readonly<Record<AreaName, number>> = {
    weights: (inputs + classes + 1) * columns,
    b2: classes,
    operands: 4 * (inputs + classes) * batch,
    hidden: 2 * columns * batch,
    product: 4 * Math.max(inputs, classes) * batch,
    partials: Math.ceil((2 * rowBlocks * columns) / 4),
    table: Math.ceil((d.V * d.E) / 4),
  };
  // First to be kept in workgroup memory: what is read most often for its size. The rest of it, and what a chunk begins and ends
  // with, lies in storage.
  const wanted: readonly AreaName[] = ["operands", "product", "partials", "hidden", "table"];
  let bytes = 4 * d.N;
  const areas = {} as Record<AreaName, Area>;
  let scratch = 0;
  for (const name of [...wanted, "weights", "b2"] as const) {
    const size = sizes[name];
    const inWorkgroup = wanted.includes(name) && bytes + 16 * size <= workgroupBytes;
    areas[name] = { size, inWorkgroup, base: scratch };
    if (inWorkgroup) bytes += 16 * size;
    else scratch += size;
  }
  const layout: StepLayout = {
    lanes,
    rowBlocks,
    quads,
    own: OWN,
    owners,
    inputs,
    classes,
    offsets: tailOf(d).offsets,
    areas,
    gradients,
  };
  return { layout, scratch, bytes };
}

/** Why a step of these sizes (N, T, E, H, V) does not fit one workgroup, on whatever device; undefined if it does. */
export function whyNotSingle({ N, H }: Dims): string | undefined {
  const tiles = Math.ceil(N / ROWS) * ownersOf(H, Math.max(...LANES));
  return tiles > MAX_INVOCATIONS
    ? `batch ${N} × hidden ${H} makes ${tiles} tiles of ${ROWS}×${OWN}, and a workgroup holds ${MAX_INVOCATIONS}`
    : undefined;
}

function kernels(d: Dims, gradients: boolean, target: Target): Kernel[] {
  const { layout, bytes } = layoutOf(d, gradients, target);
  return [
    {
      pass: "",
      code: trainStep(layout, d),
      grid: [1, 1, 1],
      invocations: layout.rowBlocks * layout.owners,
      workgroupBytes: bytes,
      vectors: ["scratch"],
      subgroups: target.lanes > 1,
    },
  ];
}

const bindings = {
  tokens: readIndex("S,N,T", "V"),
  targets: readIndex("S,N", "V"),
  /** 0 ends the chunk before this step. */
  lr: read("S", "unit"),
  C: update("V,E"),
  W1: update("K,H"),
  /** b1, W2, b2, bngain, bnbias, as {@link layOut} places them. */
  tail: update("R"),
  loss: write("S"),
};

/** One step after another with the fused plan's twins. */
function twin(t: TwinArgs<typeof bindings>, d: Dims, gradients: boolean): void {
  const { S, N, T, V, E, K, H } = d;
  const floats = (n: number) => new Float64Array(n);
  const { offsets } = tailOf(d);
  const part = (name: keyof typeof offsets, n: number) => t.tail.subarray(offsets[name], offsets[name] + n);
  const p = {
    C: t.C,
    W1: t.W1,
    b1: part("b1", H),
    W2: part("W2", H * V),
    b2: part("b2", V),
    bngain: part("bngain", H),
    bnbias: part("bnbias", H),
  };
  const dp = Object.fromEntries(
    Object.entries(p).map(([name, values]) => [name, floats(values.length)]),
  ) as Record<keyof typeof p, Float64Array>;
  const [emb, demb] = [floats(N * K), floats(N * K)];
  const [hprebn, bnraw, hpreact, h, dh, dhpreact, dhprebn] = Array.from({ length: 7 }, () => floats(N * H));
  const [logits, dlogits] = [floats(N * V), floats(N * V)];
  const invStd = floats(H);
  for (let s = 0; s < S && t.lr[s] !== 0; s++) {
    const tokens = t.tokens.subarray(s * N * T, (s + 1) * N * T);
    const targets = t.targets.subarray(s * N, (s + 1) * N);
    embedding.gather.twin({ tokens, table: p.C, y: emb }, { N, T, V, E });
    linear.forward.twin({ x: emb, w: p.W1, b: p.b1, y: hprebn }, { N, I: K, O: H });
    batchnorm.forward.twin(
      { x: hprebn, gain: p.bngain, bias: p.bnbias, invStd, xHat: bnraw, y: hpreact },
      { N, H },
    );
    tanh.forward.twin({ x: hpreact, y: h }, { N, H });
    linear.forward.twin({ x: h, w: p.W2, b: p.b2, y: logits }, { N, I: H, O: V });
    crossEntropy.fused.twin({ logits, targets, dlogits, loss: t.loss.subarray(s, s + 1) }, { N, V });
    linear.backwardInput.twin({ dy: dlogits, w: p.W2, dx: dh }, { N, I: H, O: V });
    linear.backwardWeight.twin({ x: h, dy: dlogits, dw: dp.W2 }, { N, I: H, O: V });
    reduce.sumBatch.twin({ x: dlogits, y: dp.b2 }, { R: N, C: V });
    tanh.backward.twin({ y: h, dy: dh, dx: dhpreact }, { N, H });
    batchnorm.backward.twin(
      { dy: dhpreact, xHat: bnraw, gain: p.bngain, invStd, dx: dhprebn, dgain: dp.bngain, dbias: dp.bnbias },
      { N, H },
    );
    linear.backwardInput.twin({ dy: dhprebn, w: p.W1, dx: demb }, { N, I: K, O: H });
    linear.backwardWeight.twin({ x: emb, dy: dhprebn, dw: dp.W1 }, { N, I: K, O: H });
    reduce.sumBatch.twin({ x: dhprebn, y: dp.b1 }, { R: N, C: H });
    embedding.backward.twin({ tokens, dy: demb, dtable: dp.C }, { N, T, V, E });
    for (const name of Object.keys(p) as (keyof typeof p)[]) {
      const [values, gradient]: [FloatArray, Float64Array] = [p[name], dp[name]];
      for (let i = 0; i < values.length; i++)
        values[i] = gradients ? gradient[i] : values[i] - t.lr[s] * gradient[i];
    }
  }
}

const shape = (S: number, N: number, T: number, V: number, E: number, H: number) => ({
  S,
  N,
  T,
  V,
  E,
  K: T * E,
  H,
  R: tailOf({ V, H }).length,
});

const TARGETS = LANES.flatMap((lanes) =>
  WORKGROUP_BYTES.map((workgroupBytes) => ({ lanes, workgroupBytes })),
);

const define = (name: string, math: string, gradients: boolean, cases: Dims[]) =>
  defineOp({
    name: `train_step.${name}`,
    math,
    bindings,
    // Enough for whichever device.
    scratch: (d) => ({
      scratch: 4 * Math.max(...TARGETS.map((target) => layoutOf(d, gradients, target).scratch)),
    }),
    kernels: (d, target = ANY_DEVICE) => kernels(d, gradients, target),
    twin: (t, d) => twin(t, d, gradients),
    cases,
    relatedSizes: true,
    // A whole step, or several: errors of every kernel in a row.
    tolerance: { rtol: 1e-5, atol: 1e-5 },
    flops: ({ S, N, K, V, H }) => S * N * H * (6 * (K + V) + 40),
  });

export const single = define("single", "S steps of forward, backward and SGD", false, [
  shape(2, 32, 3, 27, 10, 64),
  shape(2, 19, 5, 31, 7, 53),
  shape(1, 37, 2, 9, 3, 13),
  shape(1, 2, 1, 2, 1, 1),
  shape(1, 32, 3, 27, 10, 200),
]);
export const gradients = define("gradients", "one step's gradients in place of the parameters", true, [
  shape(1, 32, 3, 27, 10, 64),
  shape(1, 19, 5, 31, 7, 53),
]);
