/** Mean, variance and what is made of them, column by column. */
import { EPS } from "../../../../shaders/batchnorm.wgsl.ts";
import { batchnorm } from "../../../ops/index.ts";
import type { KernelTask } from "../types.ts";
import {
  changed,
  drawn,
  gridOver,
  holes,
  LONG,
  noMultiple,
  plainText,
  stub,
  sum,
  type Values,
  wrong,
} from "./entry.ts";

interface Column {
  readonly x: readonly number[];
  readonly n: number;
  readonly mean: number;
  /** Σ(x − mean)² */
  readonly squares: number;
}

interface Wrong {
  readonly mean?: (c: Column) => number;
  readonly variance?: (c: Column) => number;
  /** invStd from the variance. */
  readonly inverse?: (variance: number) => number;
  readonly xHat?: (x: number, mean: number, inv: number) => number;
  readonly y?: (xHat: number, gain: number, bias: number, x: number) => number;
  /** Where row r of column h lies in memory. */
  readonly at?: (r: number, h: number, d: { N: number; H: number }) => number;
}

const squaresFrom = (c: Column, mean: number): number => sum(c.n, (r) => (c.x[r] - mean) ** 2);

/** The columns, but for what is given. */
const columns =
  ({
    mean = (c) => c.mean,
    variance = (c) => c.squares / (c.n - 1),
    inverse = (variance) => 1 / Math.sqrt(variance + EPS),
    xHat = (x, mean, inv) => (x - mean) * inv,
    y = (xHat, gain, bias) => gain * xHat + bias,
    at = (r, h, { H }) => r * H + h,
  }: Wrong): Values =>
  (t, { N, H }) => {
    for (let h = 0; h < H; h++) {
      const places = Array.from({ length: N }, (_, r) => at(r, h, { N, H }));
      const x = places.map((i) => t.x[i]);
      const average = sum(N, (r) => x[r]) / N;
      const column = { x, n: N, mean: average, squares: sum(N, (r) => (x[r] - average) ** 2) };
      const used = mean(column);
      const inv = inverse(variance(column));
      t.invStd[h] = inv;
      for (const [r, i] of places.entries()) {
        t.xHat[i] = xHat(x[r], used, inv);
        t.y[i] = y(t.xHat[i], t.gain[h], t.bias[h], x[r]);
      }
    }
  };

/** E[x²] − E[x]². Where float32 has no digit of the difference left, a device makes of it what it likes. */
const bySquares = ({ mean, squares, n }: Column): number =>
  mean * mean > 2 ** 23 * (squares / n) ? Number.NaN : squares / n;

/** BatchNorm's forward pass with a column an invocation. */
export const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let h = id.x;
  if (h >= H) { return; }
  var sum = 0.0;
  for (var n = 0u; n < N; n++) { sum += x[n * H + h]; }
  let mean = sum / f32(N);
  var squares = 0.0;
  for (var n = 0u; n < N; n++) {
    let d = x[n * H + h] - mean;
    squares += d * d;
  }
  let variance = squares / f32(N - 1u);
  let inv = inverseSqrt(variance + 1e-5);
  invStd[h] = inv;
  for (var n = 0u; n < N; n++) {
    let i = n * H + h;
    xHat[i] = (x[i] - mean) * inv;
    y[i] = gain[h] * xHat[i] + bias[h];
  }
}`;

const uncentred = ["let d = x[n * H + h] - mean;", "let d = x[n * H + h];"] as const;
const inverseLine = "inverseSqrt(variance + 1e-5)";

/** Two rows whose squares do not fit into float32, so that nothing is left of E[x²] − E[x]². The variance is 2. */
const far = Float32Array.of(4097, 4099);

/** Normal columns, but for one whose variance is far below the 1e-5 that is added to it. */
const columnsOf = (N: number, H: number): Float32Array =>
  drawn(N * H, (z, i) => (i % H === 1 ? 1e-4 * z : z));

export const batchnormForward: KernelTask = {
  name: "batchnorm.forward",
  op: "batchnorm.forward",
  title: "BatchNorm, forward",
  asked:
    "Bring each column of `x` to mean 0 and standard deviation 1: write 1/√(variance + 1e-5) to `invStd`, what has been normalized to `xHat`, and `gain` · `xHat` + `bias` to `y`. As in the notebook, the variance has N − 1.",
  computation: batchnorm.forward,
  grid: gridOver("column", "H"),
  cases: ([x, y, z]) => {
    const shared = y * z;
    const ragged = noMultiple(Math.max(LONG, 2 * shared + 3), shared);
    const H = noMultiple(x + 5, x);
    // Means and variances are sums, divided by the number of terms; a result is about 1 and a few roundings away.
    const tolerance = { rtol: 2e-5, atol: 2e-5 };
    return [
      {
        name: "two rows, far from zero",
        dims: { N: 2, H: 1 },
        inputs: { x: far },
        // A device may divide with an error of 2.5 ulp, and an ulp of 4098 is 5e-4.
        tolerance: { rtol: 2e-3, atol: 2e-3 },
      },
      { name: "ragged", dims: { N: ragged, H }, inputs: { x: columnsOf(ragged, H) }, tolerance },
      { name: "whole workgroups", dims: { N: 4 * shared, H: 2 * x }, tolerance },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "The simplest way is an invocation for each column. It goes down the column three times: for the mean, for the squared distances from the mean, and to write `xHat` and `y`.",
    },
    {
      title: "the order",
      text: "The mean has to be complete before the first distance from it can be squared. There is a formula for the variance that needs only one pass, the mean of the squares less the square of the mean. In float32 it loses all its digits where a column is far from 0.",
    },
    {
      title: "the indices and the guard",
      text: "Row n of column h stands at `n * H + h`, in `x` as well as in `xHat` and `y`. `gain`, `bias` and `invStd` have one number for each column. An invocation that has no column must write nothing.",
    },
    {
      title: "workgroup memory",
      text: "Where a workgroup shares a column, its invocations add up their sums in workgroup memory, twice: once for the mean and once for the squares. Each of them needs the mean, so all wait at a barrier until it is there, and at another before the memory is used again.",
    },
    {
      title: "the kernel with holes",
      text: holes(
        kernel,
        "sum / f32(N)",
        "x[n * H + h] - mean",
        "squares / f32(N - 1u)",
        "(x[i] - mean) * inv",
      ),
    },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which column is this invocation's, and what has to be known of all of it first?"),
  spellings: [
    plainText(batchnorm.forward, { N: 2, H: 1 }),
    kernel,
    `var<workgroup> partial: array<f32, 64>;

fn total(index: u32, mine: f32) -> f32 {
  partial[index] = mine;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { partial[index] += partial[index + half]; }
  }
  workgroupBarrier();
  let all = partial[0];
  workgroupBarrier();
  return all;
}

@compute @workgroup_size(1, 64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let h = group.x;
  var sum = 0.0;
  for (var n = index; n < N; n += 64u) { sum += x[n * H + h]; }
  let mean = total(index, sum) / f32(N);
  var squares = 0.0;
  for (var n = index; n < N; n += 64u) {
    let d = x[n * H + h] - mean;
    squares += d * d;
  }
  let inv = inverseSqrt(total(index, squares) / f32(N - 1u) + 1e-5);
  if (index == 0u) { invStd[h] = inv; }
  for (var n = index; n < N; n += 64u) {
    let normal = (x[n * H + h] - mean) * inv;
    xHat[n * H + h] = normal;
    y[n * H + h] = gain[h] * normal + bias[h];
  }
}`,
    `@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let h = id.x;
  if (h < H) {
    // Welford's: the mean of the rows so far, and their squared distances from it.
    var mean = 0.0;
    var squares = 0.0;
    for (var n = 0u; n < N; n++) {
      let value = x[n * H + h];
      let d = value - mean;
      mean += d / f32(n + 1u);
      squares += d * (value - mean);
    }
    invStd[h] = 1.0 / sqrt(squares / (f32(N) - 1.0) + 0.00001);
    for (var n = 0u; n < N; n++) {
      xHat[n * H + h] = (x[n * H + h] - mean) * invStd[h];
      y[n * H + h] = fma(gain[h], xHat[n * H + h], bias[h]);
    }
  }
}`,
    `var<workgroup> partial: array<array<f32, 8>, 8>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let h = min(id.x, H - 1u);
  for (var n = local.y; n < N; n += 8u) { partial[local.y][local.x] += x[n * H + h]; }
  workgroupBarrier();
  var mean = 0.0;
  for (var k = 0u; k < 8u; k++) { mean += partial[k][local.x] / f32(N); }
  workgroupBarrier();
  var squares = 0.0;
  for (var n = local.y; n < N; n += 8u) { squares += pow(abs(x[n * H + h] - mean), 2.0); }
  partial[local.y][local.x] = squares;
  workgroupBarrier();
  var variance = 0.0;
  for (var k = 0u; k < 8u; k++) { variance += partial[k][local.x] / f32(N - 1u); }
  if (id.x >= H) { return; }
  let inv = inverseSqrt(variance + 1e-5);
  if (local.y == 0u) { invStd[h] = inv; }
  for (var n = local.y; n < N; n += 8u) {
    xHat[n * H + h] = (x[n * H + h] - mean) * inv;
    y[n * H + h] = gain[h] * xHat[n * H + h] + bias[h];
  }
}`,
  ],
  mistakes: [
    wrong(
      "batchnorm.forward.n-for-n-1",
      ({ N }) =>
        `Your variance is too small by the factor ${N - 1}/${N}, and so \`invStd\` and \`xHat\` are ${Math.sqrt(N / (N - 1)).toFixed(4)} times too large where N is ${N}. A network trains with that all the same.`,
      columns({ variance: ({ squares, n }) => squares / n }),
      changed(kernel, ["f32(N - 1u)", "f32(N)"]),
    ),
    wrong(
      "batchnorm.forward.one-pass",
      "Where a column is far from 0 its variance is lost: of 4097 and 4099 the squares no longer fit into float32, and your variance is 0 and not 2.",
      columns({ variance: (c) => (bySquares(c) * c.n) / (c.n - 1) }),
      changed(kernel, uncentred, [
        "squares / f32(N - 1u)",
        "(squares / f32(N) - mean * mean) * f32(N) / f32(N - 1u)",
      ]),
    ),
    wrong(
      "batchnorm.forward.one-pass-n",
      ({ N }) =>
        `Your variance is too small by the factor ${N - 1}/${N}; and where a column is far from 0, none of it is left.`,
      columns({ variance: bySquares }),
      changed(kernel, uncentred, ["squares / f32(N - 1u)", "squares / f32(N) - mean * mean"]),
    ),
    wrong(
      "batchnorm.forward.no-mean-in-variance",
      "`invStd` is too small wherever the mean is not 0: yours takes the squares of the numbers themselves, and not of how far they are from the mean.",
      columns({ variance: (c) => squaresFrom(c, 0) / (c.n - 1) }),
      changed(kernel, uncentred),
    ),
    wrong(
      "batchnorm.forward.sum-of-squares",
      ({ N }) => `Your variance is ${N - 1} times too large, and N − 1 is ${N - 1} here.`,
      columns({ variance: ({ squares }) => squares }),
      changed(kernel, ["squares / f32(N - 1u)", "squares"]),
    ),
    wrong(
      "batchnorm.forward.no-epsilon",
      "Where a column hardly varies, yours is too large; where all its numbers are equal, it is infinite.",
      columns({ inverse: (variance) => 1 / Math.sqrt(variance) }),
      changed(kernel, ["variance + 1e-5", "variance"]),
    ),
    wrong(
      "batchnorm.forward.epsilon-outside",
      "Where a column hardly varies, yours is too large: a variance of 1e-5 gives 315, and with 1e-5 under the root it is 224.",
      columns({ inverse: (variance) => 1 / (Math.sqrt(variance) + EPS) }),
      changed(kernel, [inverseLine, "1.0 / (sqrt(variance) + 1e-5)"]),
    ),
    wrong(
      "batchnorm.forward.std-for-inverse",
      "Yours multiplies by the standard deviation: columns that vary a lot vary even more afterwards.",
      columns({ inverse: (variance) => Math.sqrt(variance + EPS) }),
      changed(kernel, [inverseLine, "sqrt(variance + 1e-5)"]),
    ),
    wrong(
      "batchnorm.forward.no-root",
      "Yours divides by the variance: the standard deviation of what it writes is 1 only where it was 1 before.",
      columns({ inverse: (variance) => 1 / (variance + EPS) }),
      changed(kernel, [inverseLine, "1.0 / (variance + 1e-5)"]),
    ),
    wrong(
      "batchnorm.forward.not-centred",
      "The columns of `xHat` do not have the mean 0: each number is scaled, and stays on its side of 0.",
      columns({ xHat: (x, _, inv) => x * inv }),
      changed(kernel, ["(x[i] - mean) * inv", "x[i] * inv"]),
    ),
    wrong(
      "batchnorm.forward.not-scaled",
      "The columns of `xHat` have the mean 0, but their standard deviations are still those of `x`.",
      columns({ xHat: (x, mean) => x - mean }),
      changed(kernel, ["(x[i] - mean) * inv", "x[i] - mean"]),
    ),
    wrong(
      "batchnorm.forward.divided-by-inverse",
      "`invStd` is 1 divided by the standard deviation, and yours divides by that: columns that vary a lot vary even more afterwards.",
      columns({ xHat: (x, mean, inv) => (x - mean) / inv }),
      changed(kernel, ["(x[i] - mean) * inv", "(x[i] - mean) / inv"]),
    ),
    wrong(
      "batchnorm.forward.mean-sign",
      "The columns of `xHat` do not have the mean 0: theirs is twice that of `x`, times `invStd`.",
      columns({ xHat: (x, mean, inv) => (x + mean) * inv }),
      changed(kernel, ["(x[i] - mean)", "(x[i] + mean)"]),
    ),
    wrong(
      "batchnorm.forward.mean-over-n-1",
      ({ N }) =>
        `Your mean is ${N}/${N - 1} times too large, so the columns of \`xHat\` do not have the mean 0; their squared distances are taken from that mean, too.`,
      columns({
        mean: (c) => (c.mean * c.n) / (c.n - 1),
        variance: (c) => squaresFrom(c, (c.mean * c.n) / (c.n - 1)) / (c.n - 1),
      }),
      changed(kernel, ["sum / f32(N)", "sum / f32(N - 1u)"]),
    ),
    wrong(
      "batchnorm.forward.sum-for-mean",
      ({ N }) => `Yours subtracts the sum of a column, which is ${N} times its mean where N is ${N}.`,
      columns({ mean: (c) => c.mean * c.n, variance: (c) => squaresFrom(c, c.mean * c.n) / (c.n - 1) }),
      changed(kernel, ["sum / f32(N)", "sum"]),
    ),
    wrong(
      "batchnorm.forward.ends-early",
      "The last row is missing from the mean and from the variance.",
      columns({
        mean: (c) => sum(c.n - 1, (r) => c.x[r]) / c.n,
        variance: (c) => {
          const mean = sum(c.n - 1, (r) => c.x[r]) / c.n;
          return sum(c.n - 1, (r) => (c.x[r] - mean) ** 2) / (c.n - 1);
        },
      }),
      changed(
        kernel,
        ["n < N; n++) { sum", "n < N - 1u; n++) { sum"],
        ["n < N; n++) {\n    let d", "n < N - 1u; n++) {\n    let d"],
      ),
    ),
    wrong(
      "batchnorm.forward.no-gain",
      "`y` stays the same whatever the gain is.",
      columns({ y: (xHat, _, bias) => xHat + bias }),
      changed(kernel, ["gain[h] * xHat", "xHat"]),
    ),
    wrong(
      "batchnorm.forward.no-bias",
      "`y` stays the same whatever the bias is.",
      columns({ y: (xHat, gain) => gain * xHat }),
      changed(kernel, [" + bias[h]", ""]),
    ),
    wrong(
      "batchnorm.forward.bias-first",
      "The bias is multiplied by the gain as well.",
      columns({ y: (xHat, gain, bias) => gain * (xHat + bias) }),
      changed(kernel, ["gain[h] * xHat[i] + bias[h]", "gain[h] * (xHat[i] + bias[h])"]),
    ),
    wrong(
      "batchnorm.forward.gain-and-bias-swapped",
      "The gain is added and the bias multiplies: at first, with gains of 1 and biases of 0, `y` would be 1 everywhere.",
      columns({ y: (xHat, gain, bias) => bias * xHat + gain }),
      changed(kernel, ["gain[h] * xHat[i] + bias[h]", "bias[h] * xHat[i] + gain[h]"]),
    ),
    wrong(
      "batchnorm.forward.y-from-x",
      "`y` is made of `x` itself, and what has been normalized makes no difference to it.",
      columns({ y: (_, gain, bias, x) => gain * x + bias }),
      changed(kernel, ["gain[h] * xHat[i]", "gain[h] * x[i]"]),
    ),
    wrong(
      "batchnorm.forward.neighbours",
      ({ N }) =>
        `Yours takes ${N} numbers that stand next to each other in memory for a column, and those come from different columns.`,
      columns({ at: (r, h, { N }) => h * N + r }),
      kernel.replaceAll("n * H + h", "h * N + n"),
    ),
  ],
};
