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

/** `average` of the first `count` rows of column h, and `squares`, the squared deviations from it: never E[x²]−E[x]², which cancels. */
const moments = (count: string): string => `${sums(count, { sum: "x[n * H + h]" })}
  let average = sum / f32(${count});
${sums(count, { squares: "(x[n * H + h] - average) * (x[n * H + h] - average)" })}`;

/**
 * mean = Σx/n · var = Σ(x−mean)²/(n−1) · invStd = (var+eps)^−½ · xHat = (x−mean)·invStd · y = gain·xHat + bias, per column.
 *
 * x (N,H) · gain, bias (H) → invStd (H), xHat, y (N,H). One invocation per column. Writes with `=`.
 * Source: Ioffe & Szegedy 2015, algorithm 1, with Bessel's n−1 as the notebook has it.
 */
export const forward = wgsl`${perItem("h", "H")}
${moments("N")}
  let inv = inverseSqrt(squares / f32(N - 1u) + ${f32(EPS)});
  invStd[h] = inv;
  for (var n = 0u; n < N; n++) {
    xHat[n * H + h] = (x[n * H + h] - average) * inv;
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
 * Merges the moments of the first `rows[1]` rows of x into those of the `rows[0]` rows seen before. Chan, Golub & LeVeque 1979:
 * δ = mean_b − mean_a, mean = mean_a + δ·n_b/n, m2 = m2_a + m2_b + δ²·n_a·n_b/n. Over the training set this gives the notebook's `bnmean`
 * and `bnvar`.
 *
 * x (N,H) · rows (2) · mean, m2 (H), updated → variance (H) = m2/(n−1). One invocation per column.
 */
export const statistics = wgsl`${perItem("h", "H")}
${moments("rows[1]")}
  let before = f32(rows[0]);
  let added = f32(rows[1]);
  let delta = average - mean[h];
  mean[h] += delta * added / (before + added);
  m2[h] += squares + delta * delta * before * added / (before + added);
  variance[h] = m2[h] / (before + added - 1.0);
}`;

/** y = gain·(x−mean)·(var+eps)^−½ + bias. x (N,H) · mean, variance, gain, bias (H) → y (N,H). One invocation per element. Writes with `=`. */
export const inference = wgsl`${perItem("i", "N * H")}
  let h = i % H;
  y[i] = gain[h] * (x[i] - mean[h]) * inverseSqrt(variance[h] + ${f32(EPS)}) + bias[h];
}`;
