/** Mistakes picked by hand: those that people make in kernels like these, each where it does damage. */
import { builtins, f32 } from "../../shaders/common.ts";
import type { Dims, Kernel, Op } from "../../src/plan/contract.ts";
import { changedLine, type Mutant } from "./mutants.ts";

interface Pick {
  readonly mistake: string;
  readonly op: string;
  /** The kernel with the mistake, or unchanged if it does not fit there. */
  readonly plant: (k: Kernel, d: Dims) => Kernel;
}

/** Replaces the first match, or all if the pattern is global. */
const swap =
  (find: RegExp, becomes: string) =>
  (k: Kernel): Kernel => ({ ...k, code: k.code.replace(find, becomes) });

const swapNumber =
  (is: (d: Dims) => number, becomes: (d: Dims) => number) =>
  (k: Kernel, d: Dims): Kernel => ({ ...k, code: k.code.replaceAll(f32(is(d)), f32(becomes(d))) });

/** Removes the n-th barrier, from 0; adjacent barriers count as one. */
const withoutBarrier = (n: number) => (k: Kernel) => {
  let nth = 0;
  return { ...k, code: k.code.replace(/(?:\w+Barrier\(\);\s*)+/g, (found) => (nth++ === n ? "" : found)) };
};

/** The embedding gradient as a scatter whose atomics add the floats' bits as integers, a mistake seen in real code. */
const atomicScatter = (k: Kernel, { V, E }: Dims): Kernel =>
  k.pass !== "" || V * E > 2048
    ? k
    : {
        ...k,
        grid: [1, 1, 1],
        code: `var<workgroup> sums: array<atomic<u32>, V * E>;
@compute @workgroup_size(64)
fn main(${builtins}) {
  for (var i = local.x; i < V * E; i += 64u) { atomicStore(&sums[i], 0u); }
  workgroupBarrier();
  for (var i = local.x; i < N * T * E; i += 64u) { atomicAdd(&sums[tokens[i / E] * E + i % E], bitcast<u32>(dy[i])); }
  workgroupBarrier();
  for (var i = local.x; i < V * E; i += 64u) { dtable[i] = bitcast<f32>(atomicLoad(&sums[i])); }
}`,
      };

const picks: readonly Pick[] = [
  ...as("a sign flipped", [
    ["sgd.step", swap(/p\[i\] -=/, "p[i] +=")],
    ["tanh.backward", swap(/1\.0 - y/, "1.0 + y")],
    ["batchnorm.backward", swap(/- sumDy\b/, "+ sumDy")],
    ["cross_entropy.fused", swap(/\(p - select/, "(p + select")],
    ["elementwise.reciprocal_backward", swap(/-\(dy_/, "(dy_")],
    ["train_step.single", swap(/-= rate \*/g, "+= rate *")],
  ]),
  ...as("a term dropped", [
    ["batchnorm.backward", swap(/- xHat\[[^\]]*\] \* slope/, "")],
    ["linear.forward", swap(/ \+ (vec4f\(b\[.*\]\)|b\[.*?\])/, "")],
    ["elementwise.difference_backward", swap(/ \+ \(2\.0 \* x_\) \* s_/, "")],
    ["batchnorm.statistics", swap(/ \+ delta \* delta .*;/, ";")],
  ]),
  ...as("the softmax without its shift", [
    ["cross_entropy.fused", swap(/ - top\b/g, "")],
    ["cross_entropy.per_row", swap(/ - top\b/g, "")],
  ]),
  ...as("the variance as E[x²] − E[x]²", [
    [
      "batchnorm.forward",
      swap(/(squaresBlock \+=) \((x\[.*?\]) - average\).*?;/, "$1 $2 * $2 - average * average;"),
    ],
  ]),
  ...as("n for n − 1", [
    ["batchnorm.forward", swap(/f32\(N - 1u\)/, "f32(N)")],
    ["batchnorm.backward", swap(/f32\(N - 1u\)/, "f32(N)")],
    ["batchnorm.statistics", swap(/total - 1\.0/, "total")],
    ["elementwise.spread_bessel", swap(/R - 1u/, "R")],
    [
      "reduce.bessel_batch",
      swapNumber(
        ({ R }) => 1 / (R - 1),
        ({ R }) => 1 / R,
      ),
    ],
    [
      "train_step.single",
      swapNumber(
        ({ N }) => 1 / (N - 1),
        ({ N }) => 1 / N,
      ),
    ],
    [
      "train_step.gradients",
      swapNumber(
        ({ N }) => N / (N - 1),
        () => 1,
      ),
    ],
  ]),
  ...as("= for +=", [
    ["linear.backward_weight", swap(/((part|of8_)0+) \+=/, "$1 =")],
    ["reduce.sum_batch", swap(/total \+= totalBlock/, "total = totalBlock")],
    ["batchnorm.backward", swap(/sumDyBlock \+=/, "sumDyBlock =")],
    ["sgd.step", swap(/p\[i\] -= lr\[0\]/, "p[i] = -lr[0]")],
  ]),
  ...as("an index transposed", [
    ["linear.backward_input", swap(/w\[(\(*)\(o \+ j\) \* O \+ k/, "w[$1k * I + o + j")],
    ["embedding.gather", swap(/\* E \+ i % E/, "+ i % E * V")],
    ["reduce.sum_classes", swap(/x\[o \* C \+ e\]/, "x[e * R + o]")],
    ["elementwise.subtract_row", swap(/i % C/, "i / C")],
  ]),
  ...as("an edge guard dropped", [
    ["elementwise.multiply", swap(/if \(i < R \* C\)/, "")],
    ["embedding.gather", swap(/if \(i < N \* T \* E\)/, "")],
    ["linear.forward", swap(/if \(r < N\) \{/, "{")],
    ["reduce.dot_batch", swap(/ && output < C \/ \du/, "")],
  ]),
  ...as("a duplicate lost in the embedding gradient", [
    ["embedding.backward", swap(/(block|\]) \+= dy/, "$1 = dy")],
    ["train_step.single", swap(/\] \+= (product|scratch)/, "] = $1")],
  ]),
  ...as("a missing barrier", [
    ["linear.forward", withoutBarrier(0)],
    ["reduce.sum_batch", withoutBarrier(0)],
    ["batchnorm.forward", withoutBarrier(2)],
    ["cross_entropy.fused", withoutBarrier(0)],
    ["train_step.single", withoutBarrier(1)],
  ]),
  ...as("a bit-cast atomic add", [["embedding.backward", atomicScatter]]),
  ...as("a reduction that ends too early", [
    ["reduce.mean_batch", swap(/min\(first \+ SHARE, R\)\)/, "min(first + SHARE, R - 1u))")],
    ["cross_entropy.pick", swap(/min\(first \+ SHARE, R\)\)/, "min(first + SHARE, R - 1u))")],
    ["embedding.backward", swap(/, N \* T\)/, ", N * T - 1u)")],
    ["sample.draw", swap(/(total = 0\.0;\s*for \(var c = 0u; c <) V;/, "$1 V - 1u;")],
  ]),
];

function as(mistake: string, of: readonly (readonly [op: string, plant: Pick["plant"]])[]): Pick[] {
  return of.map(([op, plant]) => ({ mistake, op, plant }));
}

/**
 * The operation's picked mutants.
 * @throws Error if a mistake does not fit into any of its kernels
 */
export function picksOf(op: Op): Mutant[] {
  return picks
    .filter((p) => p.op === op.name)
    .map(({ mistake, plant }) => {
      const mutated: Op = { ...op, kernels: (d, target) => op.kernels(d, target).map((k) => plant(k, d)) };
      for (const d of op.cases)
        for (const [i, { code, pass }] of op.kernels(d).entries()) {
          const planted = mutated.kernels(d)[i].code;
          if (planted !== code)
            return {
              id: `${op.name} | ${mistake}`,
              op,
              operator: mistake,
              pass,
              mutated,
              ...changedLine(code, planted),
            };
        }
      throw new Error(
        `"${mistake}" does not fit into ${op.name}: tests/mutation/picked.ts looks for text that is gone`,
      );
    });
}
