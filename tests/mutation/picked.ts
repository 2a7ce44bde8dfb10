/** Mistakes picked by hand: those that people make in kernels like these, each where it does damage. */
import { builtins } from "../../shaders/fast/common.ts";
import { f32 } from "../../shaders/text.ts";
import { type Dims, type Kernel, type Op, RUNGS, type Rung } from "../../src/plan/contract.ts";
import { change, changedLine, type Mutant, textsOf } from "./mutants.ts";

/** The kernel with the mistake, or unchanged if it does not fit there. */
type Plant = (k: Kernel, d: Dims) => Kernel;
type Plants = Readonly<Partial<Record<Rung, Plant>>>;

interface Pick {
  readonly mistake: string;
  readonly op: string;
  readonly plants: Plants;
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
  V * E > 2048
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

/** Where both rungs say it in the same words. */
const both = (plant: Plant): Plants => ({ plain: plant, fast: plant });

const picks: readonly Pick[] = [
  ...as("a sign flipped", [
    ["sgd.step", both(swap(/p\[i\] -=/, "p[i] +="))],
    ["tanh.backward", both(swap(/1\.0 - y/, "1.0 + y"))],
    ["batchnorm.backward", { plain: swap(/- sum_dy\b/, "+ sum_dy"), fast: swap(/- sumDy\b/, "+ sumDy") }],
    ["cross_entropy.fused", both(swap(/\(p - select/, "(p + select"))],
    ["elementwise.reciprocal_backward", { plain: swap(/-\(dy_/, "(dy_") }],
    ["train_step.single", { fast: swap(/-= lr \*/g, "+= lr *") }],
  ]),
  ...as("a term dropped", [
    [
      "batchnorm.backward",
      { plain: swap(/ - slope \* xHat\[.*?\]/, ""), fast: swap(/- xHat\[[^\]]*\] \* slope/, "") },
    ],
    ["linear.forward", both(swap(/ \+ (vec4f\(b\[.*\]\)|b\[.*?\])/, ""))],
    ["elementwise.difference_backward", { plain: swap(/ \+ \(2\.0 \* x_\) \* s_/, "") }],
    ["batchnorm.forward", { plain: swap(/ - rest;/, ";"), fast: swap(/ - average - rest\)/, " - average)") }],
    [
      "batchnorm.statistics",
      { plain: swap(/ - rest;/, ";"), fast: swap(/ - f32\(valid\) \* rest \* rest/, "") },
    ],
    ["sgd.momentum", both(swap(/ \+ g\[i\]/, ""))],
    ["train_step.momentum", { fast: swap(/ \+ gradient;/g, ";") }],
  ]),
  ...as("the softmax without its shift", [
    ["cross_entropy.fused", both(swap(/ - top\b/g, ""))],
    ["cross_entropy.per_row", both(swap(/ - top\b/g, ""))],
  ]),
  ...as("the variance as E[x²] − E[x]²", [
    [
      "batchnorm.forward",
      {
        plain: swap(/sums\(h, average, rest\)\.y/, "sums(h, 0.0, 0.0).y - f32(N) * average * average"),
        fast: swap(/distance \* distance/, "(distance + average) * (distance + average) - average * average"),
      },
    ],
  ]),
  ...as("n for n − 1", [
    ["batchnorm.forward", both(swap(/f32\(N - 1u\)/, "f32(N)"))],
    [
      "batchnorm.backward",
      { plain: swap(/\(count - 1\.0\)/, "count"), fast: swap(/f32\(N - 1u\)/, "f32(N)") },
    ],
    ["elementwise.spread_bessel", { plain: swap(/R - 1u/, "R") }],
    ["reduce.bessel_batch", { plain: swap(/R - 1u/, "R") }],
    [
      "train_step.single",
      {
        fast: swapNumber(
          ({ N }) => 1 / (N - 1),
          ({ N }) => 1 / N,
        ),
      },
    ],
    [
      "train_step.gradients",
      {
        fast: swapNumber(
          ({ N }) => N / (N - 1),
          () => 1,
        ),
      },
    ],
  ]),
  ...as("= for +=", [
    [
      "linear.backward_weight",
      { plain: swap(/block \+=/, "block ="), fast: swap(/(part(\d+_row)?0) \+=/, "$1 =") },
    ],
    [
      "reduce.sum_batch",
      { plain: swap(/block \+=/, "block ="), fast: swap(/total \+= totalBlock/, "total = totalBlock") },
    ],
    [
      "batchnorm.backward",
      { plain: swap(/sum_dy_block \+=/, "sum_dy_block ="), fast: swap(/sumDyBlock \+=/, "sumDyBlock =") },
    ],
    ["sgd.step", both(swap(/p\[i\] -= lr/, "p[i] = -lr"))],
    ["adamw.step", both(swap(/exp_avg\[i\] \+=/, "exp_avg[i] ="))],
  ]),
  ...as("an index transposed", [
    [
      "linear.backward_input",
      {
        plain: swap(/w\[c \* O \+ k\]/, "w[k * I + c]"),
        fast: swap(/w\[(\(*)\((o|col) \+ (j|0u)\) \* O \+ k/, "w[$1k * I + $2 + $3"),
      },
    ],
    ["embedding.gather", both(swap(/\* E \+ i % E/, "+ i % E * V"))],
    ["reduce.sum_classes", { plain: swap(/x\[r \* C \+ e\]/, "x[e * R + r]") }],
    ["elementwise.subtract_row", { plain: swap(/i % C/, "i / C") }],
  ]),
  ...as("an edge guard dropped", [
    ["elementwise.multiply", { plain: swap(/if \(i >= R \* C\) \{ return; \}/, "") }],
    [
      "embedding.gather",
      {
        plain: swap(/if \(i >= N \* T \* E\) \{ return; \}/, ""),
        fast: swap(/if \(i < N \* T \* E\)/, ""),
      },
    ],
    [
      "linear.forward",
      { plain: swap(/if \(i >= N \* O\) \{ return; \}/, ""), fast: swap(/r( \+ 0u)? < N/, "true") },
    ],
    ["reduce.dot_batch", { plain: swap(/if \(c >= C\) \{ return; \}/, "") }],
    ["reduce.sum_batch", { fast: swap(/ && output < (C|\(C \/ 4u\))/, "") }],
  ]),
  ...as("a duplicate lost in the embedding gradient", [
    ["embedding.backward", both(swap(/(block|\]) \+= dy/, "$1 = dy"))],
    ["train_step.single", { fast: swap(/\] \+= (product|scratch)/, "] = $1") }],
  ]),
  ...as("a missing barrier", [
    ["linear.forward", { fast: withoutBarrier(0) }],
    ["reduce.sum_batch", both(withoutBarrier(0))],
    ["batchnorm.forward", { fast: withoutBarrier(2) }],
    ["cross_entropy.fused", both(withoutBarrier(0))],
    ["train_step.single", { fast: withoutBarrier(1) }],
  ]),
  ...as("a bit-cast atomic add", [["embedding.backward", { plain: atomicScatter }]]),
  ...as("a reduction that ends too early", [
    ["linear.forward", { plain: swap(/min\(first \+ BLOCK, I\)/, "min(first + BLOCK, I - 1u)") }],
    ["reduce.mean_batch", { plain: swap(/, R\); e/, ", R - 1u); e") }],
    ["reduce.sum_batch", { fast: swap(/min\(first \+ TERMS, R\)/, "min(first + TERMS, R - 1u)") }],
    ["cross_entropy.pick", { plain: swap(/, R\); e/, ", R - 1u); e") }],
    ["embedding.backward", both(swap(/, N \* T\)/, ", N * T - 1u)"))],
    ["sample.draw", { plain: swap(/(total = 0\.0;\s*for \(var c = 0u; c <) V;/, "$1 V - 1u;") }],
  ]),
  ...as("the bias correction forgotten", [
    ["adamw.step", both(swap(/ \/ correction/, ""))],
    ["train_step.adamw", { fast: swap(/ \/ correction/g, "") }],
  ]),
  ...as("ε under the root", [
    [
      "adamw.step",
      both(swap(/sqrt\((.*?)\) \/ correction \+ eps/, "sqrt($1 / (correction * correction) + eps)")),
    ],
  ]),
  ...as("weight decay in the gradient", [
    ["adamw.step", both(swap(/(exp_avg\[i\] \+= new_mean \* \()g\[i\]/, "$1(g[i] + (1.0 - keep) * p[i])"))],
  ]),
];

function as(mistake: string, of: readonly (readonly [op: string, plants: Plants])[]): Pick[] {
  return of.map(([op, plants]) => ({ mistake, op, plants }));
}

/**
 * The operation's picked mutants.
 * @throws Error if a mistake does not fit into any of its kernels
 */
export const picksOf = (op: Op): Mutant[] =>
  picks
    .filter((p) => p.op === op.name)
    .flatMap(({ mistake, plants }) =>
      RUNGS.flatMap((rung) => {
        const plant = plants[rung];
        return plant ? [planted(op, rung, mistake, plant)] : [];
      }),
    );

function planted(op: Op, rung: Rung, mistake: string, plant: Plant): Mutant {
  for (const { dims, kernels } of textsOf(op, rung))
    for (const k of kernels) {
      const { code } = plant(k, dims);
      if (code === k.code) continue;
      const mutated = change(op, rung, (kernel, _, d) => plant(kernel, d));
      const id = `${op.name} | ${rung} | ${mistake}`;
      return { id, op, rung, operator: mistake, pass: k.pass, mutated, ...changedLine(k.code, code) };
    }
  throw new Error(
    `"${mistake}" does not fit into the ${rung} kernels of ${op.name}: tests/mutation/picked.ts looks for text that is gone`,
  );
}
