import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";
import { f32 } from "./text.ts";

/** torch's and the notebook's epsilon under the square root. */
export const EPS = 1e-5;

/** Sums over the first `count` rows of column h, each in blocks of 16 rows; `terms` are the WGSL of row n's term, by the name of its sum. */
const sums = (count: string, terms: Readonly<Record<string, string>>): string => {
  const each = (line: (name: string) => string) => Object.keys(terms).map(line).join("\n");
  return `${each((name) => `  var ${name} = 0.0;`)}
  for (var first = 0u; first < ${count}; first += 16u) {
${each((name) => `    var ${name}_block = 0.0;`)}
    for (var n = first; n < min(first + 16u, ${count}); n++) {
${each((name) => `      ${name}_block += ${terms[name]};`)}
    }
${each((name) => `    ${name} += ${name}_block;`)}
  }`;
};

/** WGSL of `sums`: Σd and Σd² over the first `count` rows of column h, in blocks of 16 rows. */
export const distances = (
  count: string,
): string => `// Σd and Σd², d being a row's distance from average + rest.
fn sums(h: u32, average: f32, rest: f32) -> vec2f {
  var sum = vec2f();
  for (var first = 0u; first < ${count}; first += 16u) {
    var block = vec2f();
    for (var n = first; n < min(first + 16u, ${count}); n++) {
      let d = x[n * H + h] - average - rest;
      block += vec2f(d, d * d);
    }
    sum += block;
  }
  return sum;
}`;

/**
 * The mean as two floats, `average` and the `rest` that it lacks, and `squares`, the squared deviations from both: never E[x²]−E[x]², which cancels.
 * The rest matters where a column is far from zero, or hardly varies: divided by a small deviation, it is no longer small.
 */
export const moments = (count: string): string => `  let average = sums(h, 0.0, 0.0).x / f32(${count});
  let rest = sums(h, average, 0.0).x / f32(${count});
  let squares = sums(h, average, rest).y;`;

/**
 * mean = Σx/n · var = Σ(x−mean)²/(n−1) · invStd = (var+eps)^−½ · xHat = (x−mean)·invStd · y = gain·xHat + bias, per column.
 *
 * x (N,H) · gain, bias (H) → invStd (H), xHat, y (N,H). One invocation per column. Writes with `=`.
 * Source: Ioffe & Szegedy 2015, algorithm 1, with Bessel's n−1 as the notebook has it.
 */
export const forward = wgsl`${distances("N")}

${perItem("h", "H")}
${moments("N")}
  let inv = inverseSqrt(squares / f32(N - 1u) + ${f32(EPS)});
  invStd[h] = inv;
  for (var n = 0u; n < N; n++) {
    xHat[n * H + h] = (x[n * H + h] - average - rest) * inv;
    y[n * H + h] = gain[h] * xHat[n * H + h] + bias[h];
  }
}`;

/**
 * dbias = Σdy · dgain = Σdy·xHat · dx = gain·invStd/n · (n·dy − dbias − n/(n−1)·xHat·dgain), per column.
 *
 * dy, xHat (N,H) · gain, invStd (H) → dx (N,H), dgain, dbias (H). One invocation per column. Writes with `=`. Source: exercise 3.
 */
export const backward = wgsl`${perItem("h", "H")}
${sums("N", { sum_dy: "dy[n * H + h]", sum_dy_xhat: "dy[n * H + h] * xHat[n * H + h]" })}
  dbias[h] = sum_dy;
  dgain[h] = sum_dy_xhat;
  let count = f32(N);
  let scale = gain[h] * invStd[h] / count;
  let slope = count / (count - 1.0) * sum_dy_xhat;
  for (var n = 0u; n < N; n++) {
    dx[n * H + h] = scale * (count * dy[n * H + h] - sum_dy - slope * xHat[n * H + h]);
  }
}`;

/**
 * mean = Σx/n · m2 = Σ(x−mean)² over the first n = `rows[0]` rows of x, per column: what the calibration merges over the training set.
 *
 * x (N,H) · rows (1) → mean, m2 (H). One invocation per column. Writes with `=`.
 */
export const statistics = wgsl`${distances("rows[0]")}

${perItem("h", "H")}
${moments("rows[0]")}
  mean[h] = average + rest;
  m2[h] = squares;
}`;

/** y = gain·(x−mean)·(var+eps)^−½ + bias. x (N,H) · mean, variance, gain, bias (H) → y (N,H). One invocation per element. Writes with `=`. */
export const inference = wgsl`${perItem("i", "N * H")}
  let h = i % H;
  y[i] = gain[h] * (x[i] - mean[h]) * inverseSqrt(variance[h] + ${f32(EPS)}) + bias[h];
}`;
