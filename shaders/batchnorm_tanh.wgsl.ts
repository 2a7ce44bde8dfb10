import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { distances, EPS, moments } from "./batchnorm.wgsl.ts";
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
fn sums(h: u32, center: f32) -> vec3f {
  var sum = vec3f();
  for (var first = 0u; first < N; first += 16u) {
    var block = vec3f();
    for (var n = first; n < min(first + 16u, N); n++) {
      let d = before_tanh(n * H + h);
      let distance = x[n * H + h] - x[h] - center;
      block += vec3f(distance, d, d * distance);
    }
    sum += block;
  }
  return sum;
}

${perItem("h", "H")}
  let center = sums(h, 0.0).x / f32(N);
  let sum = sums(h, center);
  dbias[h] = sum.y;
  dgain[h] = sum.z * invStd[h];
  let slope = f32(N) / f32(N - 1u) * dgain[h] * invStd[h];
  for (var i = h; i < N * H; i += H) {
    dx[i] = gain[h] * invStd[h] / f32(N) * (f32(N) * before_tanh(i) - dbias[h] - slope * (x[i] - x[h] - center));
  }
}`;
