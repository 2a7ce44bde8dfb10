import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { EPS } from "../batchnorm.wgsl.ts";
import { accurateTanh } from "../math.wgsl.ts";
import { f32 } from "../text.ts";
import { column, moments } from "./batchnorm.wgsl.ts";
import { add, combine, type Reduction, sumTerms } from "./common.ts";

/**
 * invStd = (Σ(x−mean)²/(n−1) + eps)^−½, mean = Σx/n · y = tanh(gain·xHat + bias), xHat = (x−mean)·invStd, per column.
 *
 * x (N,H) · gain, bias (H) → invStd (H), y (N,H). Two or three sweeps over a column. Writes with `=`.
 * Source: Ioffe & Szegedy 2015, algorithm 1, with Bessel's n−1 as the notebook has it, and its tanh.
 */
export const forward = (r: Reduction): string => wgsl`${accurateTanh}${column(r)}
${moments(r, "N")}
  let inv = inverseSqrt(squares * (1.0 / f32(N - 1u)) + ${f32(EPS)});
  if (inside) {
    if (local.y == 0u) { invStd[o] = inv; }
    let slope = gain[o];
    let offset = bias[o];
    for (var n = first; n < last; n++) {
      let normal = (x[n * COLUMNS + o] - average - rest) * inv;
      y[n * COLUMNS + o] = ${r.type === "f32" ? "accurate_tanh" : "accurate_tanh4"}(slope * normal + offset);
    }
  }
}`;

/**
 * With d = (1−y²)·dy, the gradient before the tanh, and xHat = (x−mean)·invStd, per column:
 * dbias = Σd · dgain = Σd·xHat · dx = gain·invStd/n · (n·d − dbias − n/(n−1)·xHat·dgain).
 * Row 0 is first subtracted from all rows of x, so that a column far from zero loses no digits, and mean and dgain need one sweep.
 *
 * dy, y, x (N,H) · invStd, gain (H) → dx (N,H), dgain, dbias (H). Two sweeps over a column. Writes with `=`.
 * Source: exercises 1 and 3.
 */
export const backward = (r: Reduction): string => wgsl`${column(r)}
  let origin = x[o];
${sumTerms(r, "N", { center: "distance", sumD: "d", sumDDistance: "d * distance" }, row("e"))}
${combine("center", r, add)}
${combine("sumD", r, add, { again: true })}
${combine("sumDDistance", r, add, { again: true })}
  if (inside) {
    let count = f32(N);
    center *= 1.0 / count;
    let inv = invStd[o];
    let sumDXHat = (sumDDistance - center * sumD) * inv;
    if (local.y == 0u) {
      dbias[o] = sumD;
      dgain[o] = sumDXHat;
    }
    let scale = gain[o] * inv / count;
    let slope = count / f32(N - 1u) * sumDXHat * inv;
    for (var n = first; n < last; n++) {
      ${row("n")}
      dx[n * COLUMNS + o] = scale * (count * d - sumD - slope * (distance - center));
    }
  }
}`;

/** Declares `d` of row n, and the `distance` of x from row 0. */
const row = (n: string): string => `let y_ = y[${n} * COLUMNS + o];
let d = (1.0 - y_ * y_) * dy[${n} * COLUMNS + o];
let distance = x[${n} * COLUMNS + o] - origin;`;
