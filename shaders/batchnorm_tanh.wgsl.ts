import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { distances, EPS, moments, sums } from "./batchnorm.wgsl.ts";
import { perItem } from "./grid.ts";
import { accurateTanh } from "./math.wgsl.ts";
import { f32 } from "./text.ts";

/**
 * invStd = (Σ(x−mean)²/(n−1) + eps)^−½, mean = Σx/n · y = tanh(gain·xHat + bias), xHat = (x−mean)·invStd, per column.
 *
 * x (N,H) · gain, bias (H) → invStd (H), y (N,H). One invocation per column. Writes with `=`.
 * Source: Ioffe & Szegedy 2015, algorithm 1, with Bessel's n−1 as the notebook has it, and its tanh.
 */
export const forward = wgsl`${accurateTanh}
${distances("N")}

${perItem("h", "H")}
${moments("N")}
  let inv = inverseSqrt(squares / f32(N - 1u) + ${f32(EPS)});
  invStd[h] = inv;
  for (var i = h; i < N * H; i += H) {
    y[i] = accurate_tanh(gain[h] * ((x[i] - average - rest) * inv) + bias[h]);
  }
}`;

/**
 * With d = (1−y²)·dy, the gradient before the tanh, and xHat = (x−mean)·invStd, per column:
 * dbias = Σd · dgain = Σd·xHat · dx = gain·invStd/n · (n·d − dbias − n/(n−1)·xHat·dgain).
 * The mean is computed again from x, relative to row 0, so that a column far from zero loses no digits.
 *
 * dy, y, x (N,H) · invStd, gain (H) → dx (N,H), dgain, dbias (H). One invocation per column. Writes with `=`.
 * Source: exercises 1 and 3.
 */
export const backward = wgsl`fn before_tanh(i: u32) -> f32 { return (1.0 - y[i] * y[i]) * dy[i]; }

${perItem("h", "H")}
${sums("N", { sum_distance: "x[n * H + h] - x[h]" })}
  let center = sum_distance / f32(N);
${sums("N", { sum_d: "before_tanh(n * H + h)", sum_d_xhat: "before_tanh(n * H + h) * ((x[n * H + h] - x[h] - center) * invStd[h])" })}
  dbias[h] = sum_d;
  dgain[h] = sum_d_xhat;
  let count = f32(N);
  let scale = gain[h] * invStd[h] / count;
  let slope = count / (count - 1.0) * sum_d_xhat;
  for (var i = h; i < N * H; i += H) {
    let xhat = (x[i] - x[h] - center) * invStd[h];
    dx[i] = scale * (count * before_tanh(i) - sum_d - slope * xhat);
  }
}`;
