import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  add,
  builtins,
  combine,
  f32,
  type Lanes,
  LINEAR,
  lanesHeader,
  linearWorkgroup,
  opaqueOne,
  sumTerms,
} from "./common.ts";

/** torch's and the notebook's epsilon under the square root. */
export const EPS = 1e-5;

// Each workgroup owns 32 columns, or 32 times four where the columns are whole vec4s; its lanes share the rows. Invocations past the
// last column repeat it, so that no branch surrounds a barrier, and write nothing.
const column = (l: Lanes): string => wgsl`${lanesHeader(l)}
const COLUMNS = H / ${l.type === "f32" ? 1 : 4}u;
@compute @workgroup_size(OUTPUTS, LANES)
fn main(${builtins}) {
  let owned = ${linearWorkgroup} * OUTPUTS + local.x;
  let o = min(owned, COLUMNS - 1u);
  let inside = owned < COLUMNS;
  let first = local.y * SHARE;
  let last = min(first + SHARE, N) * ${opaqueOne};`;

/**
 * mean = Σx/n · var = Σ(x−mean)²/(n−1) · xHat = (x−mean)·invStd · y = gain·xHat + bias, per column; invStd =
 * (var+eps)^−½.
 *
 * x (N,H) · gain, bias (H) → invStd (H), xHat, y (N,H). The variance comes from centred values, never from
 * E[x²]−E[x]². Three sweeps over a column. Writes with `=`.
 * Source: Ioffe & Szegedy 2015, algorithm 1, with Bessel's n−1 as the notebook has it.
 */
export const forward = (l: Lanes): string => wgsl`${column(l)}
${sumTerms("mean", l, "N", "x[e * COLUMNS + o]")}
${combine("mean", l, add)}
  mean *= 1.0 / f32(N);
${sumTerms("variance", l, "N", "(x[e * COLUMNS + o] - mean) * (x[e * COLUMNS + o] - mean)")}
${combine("variance", l, add, { again: true })}
  variance *= 1.0 / f32(N - 1u);
  let inv = inverseSqrt(variance + ${f32(EPS)});
  if (inside) {
    if (local.y == 0u) { invStd[o] = inv; }
    for (var n = first; n < last; n++) {
      let normal = (x[n * COLUMNS + o] - mean) * inv;
      xHat[n * COLUMNS + o] = normal;
      y[n * COLUMNS + o] = gain[o] * normal + bias[o];
    }
  }
}`;

/**
 * dbias = Σdy · dgain = Σdy·xHat · dx = gain·invStd/n · (n·dy − dbias − n/(n−1)·xHat·dgain), per column.
 *
 * dy, xHat (N,H) · gain, invStd (H) → dx (N,H), dgain, dbias (H). Two sweeps over a column. Writes with `=`.
 * Source: exercise 3.
 */
export const backward = (l: Lanes): string => wgsl`${column(l)}
${sumTerms("sumDy", l, "N", "dy[e * COLUMNS + o]")}
${combine("sumDy", l, add)}
${sumTerms("sumDyXHat", l, "N", "dy[e * COLUMNS + o] * xHat[e * COLUMNS + o]")}
${combine("sumDyXHat", l, add, { again: true })}
  if (inside) {
    if (local.y == 0u) {
      dbias[o] = sumDy;
      dgain[o] = sumDyXHat;
    }
    let n = f32(N);
    let scale = gain[o] * invStd[o] / n;
    let slope = n / f32(N - 1u) * sumDyXHat;
    for (var r = first; r < last; r++) {
      dx[r * COLUMNS + o] = scale * (n * dy[r * COLUMNS + o] - sumDy - xHat[r * COLUMNS + o] * slope);
    }
  }
}`;

/**
 * Merges the moments of the first `rows[1]` rows of x into those of the `rows[0]` rows seen before.
 *
 * x (N,H) · rows (2) · mean, m2 (H), updated → variance (H) = m2/(n−1). Chan, Golub & LeVeque 1979: δ = mean_c − mean,
 * mean += δ·n_c/n, m2 += m2_c + δ²·n_b·n_c/n. Over the training set this gives the notebook's `bnmean` and `bnvar`.
 */
export const statistics = (l: Lanes): string => wgsl`${column(l)}
  let before = f32(rows[0]);
  let valid = rows[1];
${sumTerms("chunkMean", l, "valid", "x[e * COLUMNS + o]")}
${combine("chunkMean", l, add)}
  chunkMean /= f32(valid);
${sumTerms("chunkM2", l, "valid", "(x[e * COLUMNS + o] - chunkMean) * (x[e * COLUMNS + o] - chunkMean)")}
${combine("chunkM2", l, add, { again: true })}
  if (inside && local.y == 0u) {
    let total = before + f32(valid);
    let delta = chunkMean - mean[o];
    let merged = m2[o] + chunkM2 + delta * delta * before * (f32(valid) / total);
    mean[o] += delta * (f32(valid) / total);
    m2[o] = merged;
    variance[o] = merged / (total - 1.0);
  }
}`;

/** y = gain·(x−mean)·(var+eps)^−½ + bias. x (N,H) · mean, variance, gain, bias (H) → y (N,H). Writes with `=`. */
export const inference = (): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i >= N * H) { return; }
  let o = i % H;
  y[i] = gain[o] * (x[i] - mean[o]) * inverseSqrt(variance[o] + ${f32(EPS)}) + bias[o];
}`;
