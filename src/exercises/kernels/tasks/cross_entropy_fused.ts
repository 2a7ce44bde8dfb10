/** The loss of each row and its gradient at once: sums that overflow unless one is careful. */
import { crossEntropy } from "../../../ops/index.ts";
import { read, readIndex, write } from "../../../plan/contract.ts";
import type { KernelCase, KernelTask } from "../types.ts";
import {
  changed,
  drawn,
  gridOver,
  holes,
  LONG,
  multiple,
  noMultiple,
  plainText,
  stub,
  sum,
  type Values,
  wrong,
} from "./entry.ts";

interface Row {
  readonly logits: readonly number[];
  readonly target: number;
  readonly N: number;
  readonly V: number;
  /** The largest logit. */
  readonly top: number;
}

/** What comes of a row: its loss, and what its probabilities are. */
interface Result {
  readonly loss: number;
  readonly p: readonly number[];
}

/** By another shift than the largest logit, which makes no difference where float32 does not overflow. */
function softmax({ logits, target }: Row, shift: number): Result {
  const exps = logits.map((x) => Math.fround(Math.exp(x - shift)));
  const total = Math.fround(sum(exps.length, (c) => exps[c]));
  if (total === 0 || total === Number.POSITIVE_INFINITY)
    return { loss: Number.NaN, p: exps.map(() => Number.NaN) };
  return { loss: Math.log(total) - (logits[target] - shift), p: exps.map((x) => x / total) };
}

const right = (row: Row): Result => {
  const exps = row.logits.map((x) => Math.exp(x - row.top));
  const total = sum(exps.length, (c) => exps[c]);
  return { loss: Math.log(total) - (row.logits[row.target] - row.top), p: exps.map((x) => x / total) };
};

interface Wrong {
  readonly result?: (row: Row) => Result;
  readonly loss?: (row: Row, r: Result) => number;
  /** Element c of dlogits, from the row's probabilities. */
  readonly d?: (row: Row, p: readonly number[], c: number) => number;
}

const label = ({ target }: Row, c: number): number => (c === target ? 1 : 0);

/** The rows' losses and gradients, but for what is given. */
const rows =
  ({
    result = right,
    loss = (_, r) => r.loss,
    d = (row, p, c) => (p[c] - label(row, c)) / row.N,
  }: Wrong = {}): Values =>
  ({ logits, targets, dlogits, rowLoss }, { N, V }) => {
    for (let n = 0; n < N; n++) {
      const own = [...logits.slice(n * V, (n + 1) * V)];
      const row = { logits: own, target: targets[n], N, V, top: Math.max(...own) };
      const r = result(row);
      rowLoss[n] = loss(row, r);
      for (let c = 0; c < V; c++) dlogits[n * V + c] = d(row, r.p, c);
    }
  };

/** The softmax down the columns, as if an example competed with the others. */
const downColumns: Values = ({ logits, targets, dlogits, rowLoss }, { N, V }) => {
  for (let c = 0; c < V; c++) {
    const column = Array.from({ length: N }, (_, n) => logits[n * V + c]);
    const top = Math.max(...column);
    const exps = column.map((x) => Math.exp(x - top));
    const total = sum(N, (n) => exps[n]);
    for (let n = 0; n < N; n++) {
      dlogits[n * V + c] = (exps[n] / total - (c === targets[n] ? 1 : 0)) / N;
      if (c === targets[n]) rowLoss[n] = Math.log(total) - (column[n] - top);
    }
  }
};

const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  if (n >= N) { return; }
  var top = logits[n * V];
  for (var c = 1u; c < V; c++) { top = max(top, logits[n * V + c]); }
  var total = 0.0;
  for (var c = 0u; c < V; c++) { total += exp(logits[n * V + c] - top); }
  rowLoss[n] = log(total) - (logits[n * V + targets[n]] - top);
  for (var c = 0u; c < V; c++) {
    let p = exp(logits[n * V + c] - top) / total;
    let label = select(0.0, 1.0, c == targets[n]);
    dlogits[n * V + c] = (p - label) / f32(N);
  }
}`;

const findTop = "for (var c = 1u; c < V; c++) { top = max(top, logits[n * V + c]); }";
const lossLine = "log(total) - (logits[n * V + targets[n]] - top)";

/**
 * Rows that overflow or vanish without the shift by the largest logit; `shared` invocations of a workgroup have a row. Around 100 exp is
 * infinite, around −120 it is 0. Then one logit is far above the others: once it is the target's, else the target's is 160 below it.
 */
function extreme(shared: number): Pick<KernelCase, "dims" | "inputs"> {
  const V = Math.max(6, shared + 4);
  // In a tree these come late to invocation 0; the first of an invocation's second round; the last invocation's.
  const tops = [3, shared, Math.max(2, shared - 1)];
  const logit = (row: number, c: number, z: number): number => {
    if (row === 0) return 100 + z;
    if (row === 1) return -120 + z;
    if (row === 2 + tops.length) return c === 0 ? -60 : z;
    return c === tops[row - 2] ? 80 : c === 0 ? -80 : -15 + 5 * Math.tanh(z);
  };
  return {
    dims: { N: 6, V },
    inputs: {
      logits: drawn(6 * V, (z, i) => logit(Math.floor(i / V), i % V, z)),
      targets: Uint32Array.of(1, 4, tops[0], 0, 0, 0),
    },
  };
}

/** exp and log of a device may be off by some 20 ulp, and log by 5e-7 near 1. */
const tolerance = { rtol: 1e-5, atol: 2e-6 };

export const crossEntropyFused: KernelTask = {
  name: "cross_entropy.fused",
  op: "cross_entropy.fused",
  title: "Softmax, loss and gradient in one",
  asked:
    "For each row of `logits`, write its loss, −log of the probability that softmax gives to the target, to `rowLoss`. Write the gradient of the mean of these losses to `dlogits`. Both have to be right for logits of any size.",
  computation: {
    name: "cross_entropy.rows",
    math: "rowLoss[n] = −log softmax(logits[n])[target], dlogits = (softmax(logits) − onehot(target))/N",
    bindings: {
      logits: read("N,V"),
      targets: readIndex("N", "V"),
      dlogits: write("N,V"),
      rowLoss: write("N"),
    },
    twin: rows(),
  },
  grid: gridOver("row", "N"),
  inTraining: tolerance,
  cases: ([x, y, z]) => {
    const shared = y * z;
    return [
      { name: "two rows", dims: { N: 2, V: 2 }, tolerance },
      {
        name: "ragged",
        dims: { N: noMultiple(x + 3, x), V: noMultiple(Math.max(LONG, 2 * shared + 3), shared) },
        tolerance,
      },
      { name: "whole workgroups", dims: { N: 2 * x, V: multiple(LONG, shared) }, tolerance },
      // A log near 80 or 160 is off by an ulp of that.
      { name: "large logits", ...extreme(shared), tolerance: { rtol: 1e-5, atol: 5e-5 } },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "The simplest way is an invocation for each row. It goes along the row three times: once for the largest logit, once for the sum of the exponentials, and once to write `dlogits`.",
    },
    {
      title: "the rule",
      text: "The gradient of a row's loss is its softmax, less 1 at the target. The loss is the mean over N rows, so each row has 1/N of it.",
    },
    {
      title: "numbers that overflow",
      text: "In float32 exp(89) is infinite already, and exp(−104) is 0. Subtracting the same number from all logits of a row does not change its softmax: with the largest, every exponential is at most 1, and the sum at least 1. The loss is log(sum) − (logit of the target − largest); by way of the probability it would be infinite as soon as that is too small for float32.",
    },
    {
      title: "the indices and the guard",
      text: "Logit c of row n stands at `logits[n * V + c]`, and its target is `targets[n]`. An invocation that has no row must write nothing.",
    },
    {
      title: "the kernel with holes",
      text: holes(
        kernel,
        "max(top, logits[n * V + c])",
        "exp(logits[n * V + c] - top);",
        lossLine,
        "(p - label) / f32(N)",
      ),
    },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which row is this invocation's, and what has to be known of all of it first?"),
  spellings: [
    plainText(crossEntropy.fused, { N: 1, V: 1 }),
    kernel,
    `var<workgroup> partial: array<f32, 32>;

@compute @workgroup_size(1, 32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = group.x * V;
  var top = logits[row];
  for (var c = index; c < V; c += 32u) { top = max(top, logits[row + c]); }
  partial[index] = top;
  for (var half = 16u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { partial[index] = max(partial[index], partial[index + half]); }
  }
  workgroupBarrier();
  top = partial[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var c = index; c < V; c += 32u) { sum += exp(logits[row + c] - top); }
  partial[index] = sum;
  for (var half = 16u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { partial[index] += partial[index + half]; }
  }
  workgroupBarrier();
  let total = partial[0];
  let y = targets[group.x];
  if (index == 0u) { rowLoss[group.x] = log(total) - (logits[row + y] - top); }
  for (var c = index; c < V; c += 32u) {
    dlogits[row + c] = (exp(logits[row + c] - top) / total - f32(c == y)) / f32(N);
  }
}`,
    `@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  if (n < N) {
    // The largest so far, and the sum for it: a larger one scales down what was summed before.
    var top = logits[n * V];
    var total = 1.0;
    for (var c = 1u; c < V; c++) {
      let x = logits[n * V + c];
      if (x > top) {
        total = total * exp(top - x) + 1.0;
        top = x;
      } else {
        total += exp(x - top);
      }
    }
    for (var c = 0u; c < V; c++) {
      dlogits[n * V + c] = exp(logits[n * V + c] - top) / total / f32(N);
    }
    let y = n * V + targets[n];
    dlogits[y] -= 1.0 / f32(N);
    rowLoss[n] = top + log(total) - logits[y];
  }
}`,
    `var<workgroup> tops: array<array<f32, 8>, 4>;
var<workgroup> totals: array<array<f32, 8>, 4>;

@compute @workgroup_size(4, 8)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let n = min(id.x, N - 1u);
  var top = logits[n * V];
  for (var c = local.y; c < V; c += 8u) { top = max(top, logits[n * V + c]); }
  tops[local.x][local.y] = top;
  workgroupBarrier();
  for (var k = 0u; k < 8u; k++) { top = max(top, tops[local.x][k]); }
  for (var c = local.y; c < V; c += 8u) { totals[local.x][local.y] += exp(logits[n * V + c] - top); }
  workgroupBarrier();
  var total = 0.0;
  for (var k = 0u; k < 8u; k++) { total += totals[local.x][k]; }
  if (id.x >= N) { return; }
  for (var c = local.y; c < V; c += 8u) {
    let x = logits[n * V + c] - top;
    var d = exp(x) / total;
    if (c == targets[n]) {
      rowLoss[n] = log(total) - x;
      d -= 1.0;
    }
    dlogits[n * V + c] = d / f32(N);
  }
}`,
  ],
  mistakes: [
    wrong(
      "cross_entropy.fused.top-from-zero",
      "Where all logits of a row are near −120, all its exponentials are 0, and yours divides by 0: the largest that it finds is never below 0.",
      rows({ result: (row) => softmax(row, Math.max(0, row.top)) }),
      changed(kernel, ["top = logits[n * V];", "top = 0.0;"]),
    ),
    wrong(
      "cross_entropy.fused.no-shift",
      "Where a row's logits are near 100 all its exponentials are infinite, and near −120 all are 0: both end in NaN.",
      rows({ result: (row) => softmax(row, 0) }),
      changed(kernel, ["var top = logits[n * V];", "let top = 0.0;"], [`  ${findTop}\n`, ""]),
    ),
    wrong(
      "cross_entropy.fused.log-of-probability",
      "Where the target's logit is 160 below the largest, its probability is 0 in float32, and your loss is infinite.",
      rows({ loss: ({ target }, { p }) => (p[target] < 1e-38 ? Number.NaN : -Math.log(p[target])) }),
      changed(kernel, [lossLine, "-log(exp(logits[n * V + targets[n]] - top) / total)"]),
    ),
    wrong(
      "cross_entropy.fused.no-label",
      "All of `dlogits` is positive in yours: the target's logit is pushed down like the others, and the targets make no difference.",
      rows({ d: ({ N }, p, c) => p[c] / N }),
      changed(kernel, ["p - label", "p"]),
    ),
    wrong(
      "cross_entropy.fused.no-n",
      ({ N }) => `\`dlogits\` is ${N} times too large, and N is ${N} here.`,
      rows({ d: (row, p, c) => p[c] - label(row, c) }),
      changed(kernel, [" / f32(N)", ""]),
    ),
    wrong(
      "cross_entropy.fused.over-v",
      ({ N, V }) => `\`dlogits\` is off by the factor ${N}/${V}: N is ${N} and V is ${V} here.`,
      rows({ d: (row, p, c) => (p[c] - label(row, c)) / row.V }),
      changed(kernel, ["f32(N)", "f32(V)"]),
    ),
    wrong(
      "cross_entropy.fused.label-whole",
      ({ N }) =>
        `At the target \`dlogits\` is far too low: each row of yours adds up to 1/${N} − 1, and not to 0.`,
      rows({ d: (row, p, c) => p[c] / row.N - label(row, c) }),
      changed(kernel, ["(p - label) / f32(N)", "p / f32(N) - label"]),
    ),
    wrong(
      "cross_entropy.fused.sign",
      "All of `dlogits` has the wrong sign: it pushes the target's logit down and the others up.",
      rows({ d: (row, p, c) => (label(row, c) - p[c]) / row.N }),
      changed(kernel, ["p - label", "label - p"]),
    ),
    wrong(
      "cross_entropy.fused.label-everywhere",
      ({ N, V }) =>
        `\`dlogits\` is too low by 1/${N} at all logits but the target's: each row of yours adds up to −${V - 1}/${N}, and not to 0.`,
      rows({ d: ({ N }, p, c) => (p[c] - 1) / N }),
      changed(kernel, ["p - label", "p - 1.0"]),
    ),
    wrong(
      "cross_entropy.fused.no-softmax",
      "The exponentials of a row do not add up to 1, and so `dlogits` does not add up to 0.",
      rows({ d: (row, _, c) => (Math.exp(row.logits[c] - row.top) - label(row, c)) / row.N }),
      changed(kernel, [" / total;", ";"]),
    ),
    wrong(
      "cross_entropy.fused.logits-for-softmax",
      "`dlogits` grows with the logits themselves, and where they are large it is far above 1.",
      rows({ d: (row, _, c) => (row.logits[c] - label(row, c)) / row.N }),
      changed(kernel, ["exp(logits[n * V + c] - top) / total", "logits[n * V + c]"]),
    ),
    wrong(
      "cross_entropy.fused.times-loss",
      "`dlogits` is multiplied by the row's loss: rows that are predicted well hardly count, and others too much.",
      rows({ d: (row, p, c) => ((p[c] - label(row, c)) * right(row).loss) / row.N }),
      changed(kernel, ["(p - label)", "rowLoss[n] * (p - label)"]),
    ),
    wrong(
      "cross_entropy.fused.no-log",
      "`rowLoss` has the sum of the exponentials in it, and where two logits are equally large that is 2 and not 0.69.",
      rows({
        loss: (row) =>
          sum(row.V, (c) => Math.exp(row.logits[c] - row.top)) - (row.logits[row.target] - row.top),
      }),
      changed(kernel, ["log(total) -", "total -"]),
    ),
    wrong(
      "cross_entropy.fused.loss-sign",
      "`rowLoss` is negative: it is the log of the probability.",
      rows({ loss: (_, r) => -r.loss }),
      changed(
        kernel,
        ["= log(total)", "= -log(total)"],
        [" - (logits[n * V + targets[n]] - top)", " + (logits[n * V + targets[n]] - top)"],
      ),
    ),
    wrong(
      "cross_entropy.fused.probability",
      "`rowLoss` is the probability of the target: it grows as the prediction gets better.",
      rows({ loss: ({ target }, { p }) => p[target] }),
      changed(kernel, [lossLine, "exp(logits[n * V + targets[n]] - top) / total"]),
    ),
    wrong(
      "cross_entropy.fused.loss-without-top",
      "`rowLoss` is off by the largest logit of its row.",
      rows({ loss: (row, r) => r.loss - row.top }),
      changed(kernel, [lossLine, "log(total) - logits[n * V + targets[n]]"]),
    ),
    wrong(
      "cross_entropy.fused.loss-without-target",
      "`rowLoss` stays the same whatever the target is.",
      rows({ loss: (row, r) => r.loss + (row.logits[row.target] - row.top) }),
      changed(kernel, [lossLine, "log(total)"]),
    ),
    wrong(
      "cross_entropy.fused.loss-over-n",
      ({ N }) => `\`rowLoss\` is ${N} times too small, as if the mean were taken twice; N is ${N} here.`,
      rows({ loss: ({ N }, r) => r.loss / N }),
      changed(kernel, [lossLine, `(${lossLine}) / f32(N)`]),
    ),
    wrong(
      "cross_entropy.fused.ends-early",
      "The last logit of a row is missing from the sum, so the probabilities add up to more than 1.",
      rows({
        result: (row) => {
          const exps = row.logits.map((x) => Math.exp(x - row.top));
          const total = sum(row.V - 1, (c) => exps[c]);
          return {
            loss: Math.log(total) - (row.logits[row.target] - row.top),
            p: exps.map((x) => x / total),
          };
        },
      }),
      changed(kernel, ["for (var c = 0u; c < V; c++) { total", "for (var c = 0u; c < V - 1u; c++) { total"]),
    ),
    wrong(
      "cross_entropy.fused.columns",
      "Each column adds up to 1 in your softmax, as if the examples competed with each other.",
      downColumns,
      `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  if (n >= N) { return; }
  for (var c = 0u; c < V; c++) {
    var top = logits[c];
    for (var k = 1u; k < N; k++) { top = max(top, logits[k * V + c]); }
    var total = 0.0;
    for (var k = 0u; k < N; k++) { total += exp(logits[k * V + c] - top); }
    let x = logits[n * V + c] - top;
    let label = select(0.0, 1.0, c == targets[n]);
    dlogits[n * V + c] = (exp(x) / total - label) / f32(N);
    if (c == targets[n]) { rowLoss[n] = log(total) - x; }
  }
}`,
    ),
  ],
};
