/** Exercise 3 of the notebook as a kernel. */
import { batchnorm } from "../../../ops/index.ts";
import type { KernelTask } from "../types.ts";
import {
  changed,
  gridOver,
  holes,
  LONG,
  noMultiple,
  plainText,
  stub,
  sum,
  sumTolerance,
  type Values,
  wrong,
} from "./entry.ts";

interface Element {
  readonly N: number;
  readonly dy: number;
  readonly xHat: number;
  readonly gain: number;
  readonly invStd: number;
  /** Σdy and Σdy·xHat of its column. */
  readonly sumDy: number;
  readonly sumDyXHat: number;
}

interface Column {
  readonly N: number;
  readonly dy: readonly number[];
  readonly xHat: readonly number[];
}

type Sums = Pick<Element, "sumDy" | "sumDyXHat">;

interface Wrong {
  readonly dx?: (e: Element) => number;
  readonly sums?: (c: Column) => Sums;
  readonly dgain?: (s: Sums, N: number) => number;
  readonly dbias?: (s: Sums, N: number) => number;
  /** Where row n of column h lies in memory. */
  readonly at?: (n: number, h: number, d: { N: number; H: number }) => number;
}

const sumsUntil = ({ dy, xHat }: Column, to: number): Sums => ({
  sumDy: sum(to, (n) => dy[n]),
  sumDyXHat: sum(to, (n) => dy[n] * xHat[n]),
});

/** gain · invStd / N, which stands in front. */
const scale = ({ gain, invStd, N }: Element): number => (gain * invStd) / N;
/** The term of the variance. */
const third = ({ N, xHat, sumDyXHat }: Element): number => (N / (N - 1)) * xHat * sumDyXHat;

/** The columns, but for what is given. */
const columns =
  ({
    dx = (e) => scale(e) * (e.N * e.dy - e.sumDy - third(e)),
    sums = (c) => sumsUntil(c, c.N),
    dgain = (s) => s.sumDyXHat,
    dbias = (s) => s.sumDy,
    at = (n, h, { H }) => n * H + h,
  }: Wrong): Values =>
  (t, { N, H }) => {
    for (let h = 0; h < H; h++) {
      const places = Array.from({ length: N }, (_, n) => at(n, h, { N, H }));
      const s = sums({ N, dy: places.map((i) => t.dy[i]), xHat: places.map((i) => t.xHat[i]) });
      t.dgain[h] = dgain(s, N);
      t.dbias[h] = dbias(s, N);
      for (const i of places)
        t.dx[i] = dx({ N, dy: t.dy[i], xHat: t.xHat[i], gain: t.gain[h], invStd: t.invStd[h], ...s });
    }
  };

const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let h = id.x;
  if (h >= H) { return; }
  var sum_dy = 0.0;
  var sum_dy_xhat = 0.0;
  for (var n = 0u; n < N; n++) {
    let i = n * H + h;
    sum_dy += dy[i];
    sum_dy_xhat += dy[i] * xHat[i];
  }
  dbias[h] = sum_dy;
  dgain[h] = sum_dy_xhat;
  let count = f32(N);
  let scale = gain[h] * invStd[h] / count;
  for (var n = 0u; n < N; n++) {
    let i = n * H + h;
    dx[i] = scale * (count * dy[i] - sum_dy - count / (count - 1.0) * xHat[i] * sum_dy_xhat);
  }
}`;

const thirdTerm = " - count / (count - 1.0) * xHat[i] * sum_dy_xhat";

export const batchnormBackward: KernelTask = {
  name: "batchnorm.backward",
  op: "batchnorm.backward",
  title: "BatchNorm, backward",
  asked:
    "Exercise 3 as a kernel: from `dy`, write the gradients of the gain, of the bias, and of what went into BatchNorm: `dgain`, `dbias` and `dx`. `xHat` and `invStd` are from the forward pass, and the variance had N − 1.",
  computation: batchnorm.backward,
  grid: gridOver("column", "H"),
  cases: ([x, y, z]) => {
    const shared = y * z;
    const ragged = noMultiple(Math.max(LONG, 2 * shared + 3), shared);
    const whole = shared * Math.ceil(4 / shared) * 2;
    return [
      { name: "two rows", dims: { N: 2, H: 3 }, tolerance: sumTolerance(19) },
      { name: "ragged", dims: { N: ragged, H: noMultiple(x + 5, x) }, tolerance: sumTolerance(ragged) },
      { name: "whole workgroups", dims: { N: whole, H: 2 * x }, tolerance: sumTolerance(whole + 19) },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "The simplest way is an invocation for each column. It goes down the column twice: once for two sums, and once more to write `dx`, each element of which needs both of them.",
    },
    {
      title: "the rule",
      text: "`dbias` is the sum of `dy`, and `dgain` the sum of `dy` · `xHat`. The gradient of one element has three terms: its own `dy`; what it did through the mean, which is the same all down a column; and what it did through the variance, which grows with `xHat`. In front stand `gain` · `invStd` / N.",
    },
    {
      title: "the indices and the guard",
      text: "Row n of column h stands at `n * H + h`, in `dy`, `xHat` and `dx` alike. The others have one number for each column. An invocation that has no column must write nothing.",
    },
    {
      title: "workgroup memory",
      text: "Where a workgroup shares a column, there are two sums to be made in workgroup memory, for which a `vec2f` serves. Each invocation needs both of them for its rows of `dx`: so all wait at a barrier until they are complete.",
    },
    {
      title: "the kernel with holes",
      text: holes(kernel, "+= dy[i] * xHat[i]", "gain[h] * invStd[h]", "- sum_dy - count / (count - 1.0)"),
    },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which column is this invocation's, and which sums does each of its rows need?"),
  spellings: [
    plainText(batchnorm.backward, { N: 2, H: 1 }),
    kernel,
    `var<workgroup> partial: array<vec2f, 64>;

@compute @workgroup_size(1, 64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let h = group.x;
  var sums = vec2f();
  for (var n = index; n < N; n += 64u) { sums += dy[n * H + h] * vec2f(1.0, xHat[n * H + h]); }
  partial[index] = sums;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { partial[index] += partial[index + half]; }
  }
  workgroupBarrier();
  sums = partial[0];
  if (index == 0u) {
    dbias[h] = sums.x;
    dgain[h] = sums.y;
  }
  for (var n = index; n < N; n += 64u) {
    let i = n * H + h;
    let mean = sums / vec2f(f32(N), f32(N - 1u));
    dx[i] = gain[h] * invStd[h] * (dy[i] - mean.x - xHat[i] * mean.y);
  }
}`,
    `var<workgroup> biases: array<array<f32, 4>, 16>;
var<workgroup> gains: array<array<f32, 4>, 16>;

@compute @workgroup_size(4, 16)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let inside = id.x < H;
  if (inside) {
    for (var n = local.y; n < N; n += 16u) {
      let i = n * H + id.x;
      biases[local.y][local.x] += dy[i];
      gains[local.y][local.x] += dy[i] * xHat[i];
    }
  }
  workgroupBarrier();
  var sum_dy = 0.0;
  var sum_dy_xhat = 0.0;
  for (var k = 0u; k < 16u; k++) {
    sum_dy += biases[k][local.x];
    sum_dy_xhat += gains[k][local.x];
  }
  if (!inside) { return; }
  if (local.y == 0u) {
    dbias[id.x] = sum_dy;
    dgain[id.x] = sum_dy_xhat;
  }
  let scale = gain[id.x] * invStd[id.x] / f32(N);
  for (var n = local.y; n < N; n += 16u) {
    let i = n * H + id.x;
    dx[i] = scale * (f32(N) * dy[i] - sum_dy) - scale * f32(N) / f32(N - 1u) * xHat[i] * sum_dy_xhat;
  }
}`,
    `@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let h = id.x;
  if (h < H) {
    dbias[h] = 0.0;
    dgain[h] = 0.0;
    for (var i = h; i < N * H; i += H) {
      dbias[h] += dy[i];
      dgain[h] = fma(dy[i], xHat[i], dgain[h]);
    }
    for (var i = h; i < N * H; i += H) {
      let through_mean = dbias[h] / f32(N);
      let through_variance = xHat[i] * dgain[h] / f32(N - 1u);
      dx[i] = gain[h] * (dy[i] - through_mean - through_variance) * invStd[h];
    }
  }
}`,
  ],
  mistakes: [
    wrong(
      "batchnorm.backward.n-for-n-1",
      ({ N }) =>
        `The variance's term is too small by the factor ${N - 1}/${N}, as if the variance had been divided by N. A network trains with it all the same, and the loss does not show it.`,
      columns({ dx: (e) => scale(e) * (e.N * e.dy - e.sumDy - e.xHat * e.sumDyXHat) }),
      changed(kernel, ["count / (count - 1.0) * ", ""]),
    ),
    wrong(
      "batchnorm.backward.bessel-upside-down",
      ({ N }) =>
        `The variance's term is too small by the factor ${(N - 1) ** 2}/${N ** 2}, which is the square of ${N - 1}/${N}.`,
      columns({
        dx: (e) => scale(e) * (e.N * e.dy - e.sumDy - ((e.N - 1) / e.N) * e.xHat * e.sumDyXHat),
      }),
      changed(kernel, ["count / (count - 1.0)", "(count - 1.0) / count"]),
    ),
    wrong(
      "batchnorm.backward.constants",
      "Mean and variance are constants in yours: if all of a column's `x` grew by the same amount, `y` would not change, but your `dx` says that it would.",
      columns({ dx: (e) => e.gain * e.invStd * e.dy }),
      changed(kernel, [" - sum_dy", ""], [thirdTerm, ""]),
    ),
    wrong(
      "batchnorm.backward.no-mean",
      "What an element does through the mean is missing: every column is off by a constant, and does not add up to 0 where `xHat` does.",
      columns({ dx: (e) => scale(e) * (e.N * e.dy - third(e)) }),
      changed(kernel, [" - sum_dy", ""]),
    ),
    wrong(
      "batchnorm.backward.no-variance",
      "What an element does through the variance is missing: the farther an element is from its column's mean, the more yours is off.",
      columns({ dx: (e) => scale(e) * (e.N * e.dy - e.sumDy) }),
      changed(kernel, [thirdTerm, ""]),
    ),
    wrong(
      "batchnorm.backward.mean-sign",
      "What an element does through the mean has the wrong sign: every column is off by a constant, twice as much as if it were missing.",
      columns({ dx: (e) => scale(e) * (e.N * e.dy + e.sumDy - third(e)) }),
      changed(kernel, [" - sum_dy", " + sum_dy"]),
    ),
    wrong(
      "batchnorm.backward.variance-sign",
      "What an element does through the variance has the wrong sign: elements far from the mean are off by twice that term.",
      columns({ dx: (e) => scale(e) * (e.N * e.dy - e.sumDy + third(e)) }),
      changed(kernel, [thirdTerm, thirdTerm.replace("-", "+")]),
    ),
    wrong(
      "batchnorm.backward.no-xhat",
      "What goes through the variance is the same for all elements of a column, however far they are from the mean.",
      columns({ dx: (e) => scale(e) * (e.N * e.dy - e.sumDy - (e.N / (e.N - 1)) * e.sumDyXHat) }),
      changed(kernel, ["* xHat[i] * sum", "* sum"]),
    ),
    wrong(
      "batchnorm.backward.sums-swapped",
      "The two sums have each other's place: elements far from the mean get the sum of `dy`, and all get that of `dy` · `xHat`.",
      columns({
        dx: (e) => scale(e) * (e.N * e.dy - e.sumDyXHat - (e.N / (e.N - 1)) * e.xHat * e.sumDy),
      }),
      changed(kernel, [`- sum_dy${thirdTerm}`, "- sum_dy_xhat - count / (count - 1.0) * xHat[i] * sum_dy"]),
    ),
    wrong(
      "batchnorm.backward.no-count",
      ({ N }) =>
        `An element's own \`dy\` counts ${N} times too little beside what goes through the mean and the variance, and N is ${N} here.`,
      columns({ dx: (e) => scale(e) * (e.dy - e.sumDy - third(e)) }),
      changed(kernel, ["count * dy[i]", "dy[i]"]),
    ),
    wrong(
      "batchnorm.backward.no-1-over-n",
      ({ N }) => `\`dx\` is ${N} times too large, and N is ${N} here.`,
      columns({ dx: (e) => e.gain * e.invStd * (e.N * e.dy - e.sumDy - third(e)) }),
      changed(kernel, ["invStd[h] / count", "invStd[h]"]),
    ),
    wrong(
      "batchnorm.backward.no-gain",
      "`dx` stays the same whatever the gain is. At first all gains are 1, and nothing shows.",
      columns({ dx: (e) => (e.invStd / e.N) * (e.N * e.dy - e.sumDy - third(e)) }),
      changed(kernel, ["gain[h] * ", ""]),
    ),
    wrong(
      "batchnorm.backward.gain-twice",
      "The gain is in `dx` twice. At first all gains are 1, and nothing shows.",
      columns({ dx: (e) => e.gain * scale(e) * (e.N * e.dy - e.sumDy - third(e)) }),
      changed(kernel, ["gain[h] * ", "gain[h] * gain[h] * "]),
    ),
    wrong(
      "batchnorm.backward.no-invstd",
      "`dx` stays the same however much a column varied in the forward pass.",
      columns({ dx: (e) => (e.gain / e.N) * (e.N * e.dy - e.sumDy - third(e)) }),
      changed(kernel, [" * invStd[h]", ""]),
    ),
    wrong(
      "batchnorm.backward.divided-by-invstd",
      "Columns that varied a lot get the largest gradients in yours, although BatchNorm made them smaller.",
      columns({ dx: (e) => (e.gain / e.invStd / e.N) * (e.N * e.dy - e.sumDy - third(e)) }),
      changed(kernel, ["gain[h] * invStd[h]", "gain[h] / invStd[h]"]),
    ),
    wrong(
      "batchnorm.backward.sign",
      "All of `dx` has the wrong sign.",
      columns({ dx: (e) => -scale(e) * (e.N * e.dy - e.sumDy - third(e)) }),
      changed(kernel, ["dx[i] = scale", "dx[i] = -scale"]),
    ),
    wrong(
      "batchnorm.backward.dgain-and-dbias-swapped",
      "`dgain` and `dbias` are in each other's place.",
      columns({ dgain: (s) => s.sumDy, dbias: (s) => s.sumDyXHat }),
      changed(
        kernel,
        ["dbias[h] = sum_dy;", "dgain[h] = sum_dy;"],
        ["dgain[h] = sum_dy_xhat", "dbias[h] = sum_dy_xhat"],
      ),
    ),
    wrong(
      "batchnorm.backward.dgain-no-xhat",
      "`dgain` equals `dbias`, as if the gain were added and did not multiply.",
      columns({ dgain: (s) => s.sumDy }),
      changed(kernel, ["dgain[h] = sum_dy_xhat", "dgain[h] = sum_dy"]),
    ),
    wrong(
      "batchnorm.backward.dgain-mean",
      ({ N }) => `\`dgain\` and \`dbias\` are ${N} times too small, and N is ${N} here.`,
      columns({ dgain: (s, N) => s.sumDyXHat / N, dbias: (s, N) => s.sumDy / N }),
      changed(kernel, ["= sum_dy;", "= sum_dy / f32(N);"], ["= sum_dy_xhat;", "= sum_dy_xhat / f32(N);"]),
    ),
    wrong(
      "batchnorm.backward.last-row",
      "Both sums have only the last row in them: what the rows before it gave is overwritten.",
      columns({
        sums: ({ N, dy, xHat }) => ({ sumDy: dy[N - 1], sumDyXHat: dy[N - 1] * xHat[N - 1] }),
      }),
      changed(kernel, ["sum_dy += dy[i];", "sum_dy = dy[i];"], ["sum_dy_xhat +=", "sum_dy_xhat ="]),
    ),
    wrong(
      "batchnorm.backward.ends-early",
      "The last row is missing from both sums, and so `dx`, too, is off in all rows.",
      columns({ sums: (c) => sumsUntil(c, c.N - 1) }),
      changed(kernel, [
        "n < N; n++) {\n    let i = n * H + h;\n    sum_dy +=",
        "n < N - 1u; n++) {\n    let i = n * H + h;\n    sum_dy +=",
      ]),
    ),
    wrong(
      "batchnorm.backward.neighbours",
      ({ N }) =>
        `Yours takes ${N} numbers that stand next to each other in memory for a column, and those come from different columns.`,
      columns({ at: (n, h, { N }) => h * N + n }),
      kernel.replaceAll("n * H + h", "h * N + n"),
    ),
  ],
};
