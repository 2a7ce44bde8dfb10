import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { EPS } from "../batchnorm.wgsl.ts";
import { f32, lines, range } from "../text.ts";
import {
  add,
  builtins,
  combine,
  declareOne,
  linearWorkgroup,
  type Reduction,
  reductionHeader,
  sumTerms,
} from "./common.ts";
import { forEach, type Spread } from "./elements.ts";

// Each workgroup owns 32 columns, or 32 times four where the columns are whole vec4s; its parts share the rows. Invocations past the
// last column repeat it, so that no branch surrounds a barrier, and write nothing.
export const column = (r: Reduction): string => wgsl`${reductionHeader(r)}
const COLUMNS = H / ${r.type === "f32" ? 1 : 4}u;
@compute @workgroup_size(OUTPUTS, PARTS)
fn main(${builtins}) {
  ${declareOne}
  let owned = ${linearWorkgroup} * OUTPUTS + local.x;
  let o = min(owned, COLUMNS - 1u);
  let inside = owned < COLUMNS;
  let first = local.y * TERMS;
  let last = min(first + TERMS, N) * one;`;

/** Rows whose moments are merged into those of the rows before at once. */
const MERGED = 4;

/** Merges rows e, e + 1, … of column o into `average` and `squares` of the `seen` rows before. */
const merge = (rows: number): string => {
  const each = (term: (u: number) => string) => range(rows).map(term).join(" + ");
  return `
${lines(range(rows), (u) => `    let x${u} = x[(e + ${u}u) * COLUMNS + o] - origin;`)}
    let blockAverage = (${each((u) => `x${u}`)}) * ${f32(1 / rows)};
    let blockSquares = ${each((u) => `(x${u} - blockAverage) * (x${u} - blockAverage)`)};
    let delta = blockAverage - average;
    let share = ${f32(rows)} / (seen + ${f32(rows)});
    average += delta * share;
    squares += blockSquares + delta * delta * (seen * share);
    seen += ${f32(rows)};`;
};

/**
 * The mean of the first `count` rows of column o as two floats, `average` and the `rest` that it lacks, and `squares`, the sum of squared
 * deviations from both: never from E[x²]−E[x]². Few rows are read twice, which is the most exact; many are read once.
 */
export const moments = (r: Reduction, count: string): string =>
  r.parts === 1
    ? `${sumTerms(r, count, { average: "x[e * COLUMNS + o]" })}
  average *= 1.0 / f32(${count});
${sumTerms(r, count, { rest: "distance", squares: "distance * distance" }, "let distance = x[e * COLUMNS + o] - average;")}
  rest *= 1.0 / f32(${count});
  // Of equal numbers far from zero both are about the same.
  squares = max(squares - f32(${count}) * rest * rest, ${r.type}());`
    : oneSweep(r, count);

/**
 * Blocks of four rows are merged in order, and then the parts. Chan, Golub & LeVeque 1979: δ = mean_b − mean_a, mean = mean_a + δ·n_b/n,
 * m2 = m2_a + m2_b + δ²·n_a·n_b/n. Row 0 is first subtracted from all rows, so that a column far from zero loses no digits.
 */
const oneSweep = (r: Reduction, count: string): string => `
  let origin = x[o];
  let end = min(first + TERMS, ${count});
  var average = ${r.type}();
  var squares = ${r.type}();
  var seen = 0.0;
  var e = first;
  for (; e + ${MERGED}u <= end * one; e += ${MERGED}u) {${merge(MERGED)}
  }
  for (; e < end * one; e++) {${merge(1)}
  }
  // The parts' averages, weighted with their rows; then their squares, each about the common average.
  let part = average;
  average *= seen;
${combine("average", r, add)}
  average *= 1.0 / f32(${count});
  squares += seen * (part - average) * (part - average);
${combine("squares", r, add, { again: true })}
  let beyond = average;
  average += origin;
  // Times one, or compilers take the difference of the two for \`beyond\` itself.
  let rest = beyond - (average * f32(one) - origin);`;

/**
 * mean = Σx/n · var = Σ(x−mean)²/(n−1) · xHat = (x−mean)·invStd · y = gain·xHat + bias, per column; invStd =
 * (var+eps)^−½.
 *
 * x (N,H) · gain, bias (H) → invStd (H), xHat, y (N,H). Two or three sweeps over a column. Writes with `=`.
 * Source: Ioffe & Szegedy 2015, algorithm 1, with Bessel's n−1 as the notebook has it.
 */
export const forward = (r: Reduction): string => wgsl`${column(r)}
${moments(r, "N")}
  let inv = inverseSqrt(squares * (1.0 / f32(N - 1u)) + ${f32(EPS)});
  if (inside) {
    if (local.y == 0u) { invStd[o] = inv; }
    let slope = gain[o];
    let offset = bias[o];
    for (var n = first; n < last; n++) {
      let normal = (x[n * COLUMNS + o] - average - rest) * inv;
      xHat[n * COLUMNS + o] = normal;
      y[n * COLUMNS + o] = slope * normal + offset;
    }
  }
}`;

/**
 * dbias = Σdy · dgain = Σdy·xHat · dx = gain·invStd/n · (n·dy − dbias − n/(n−1)·xHat·dgain), per column.
 *
 * dy, xHat (N,H) · gain, invStd (H) → dx (N,H), dgain, dbias (H). Two sweeps over a column. Writes with `=`.
 * Source: exercise 3.
 */
export const backward = (r: Reduction): string => wgsl`${column(r)}
${sumTerms(r, "N", { sumDy: "dy_", sumDyXHat: "dy_ * xHat[e * COLUMNS + o]" }, "let dy_ = dy[e * COLUMNS + o];")}
${combine("sumDy", r, add)}
${combine("sumDyXHat", r, add, { again: true })}
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
 * mean = Σx/n · m2 = Σ(x−mean)² over the first n = `rows[0]` rows of x, per column: what the calibration merges over the training set.
 *
 * x (N,H) · rows (1) → mean, m2 (H). Writes with `=`.
 */
export const statistics = (r: Reduction): string => wgsl`${column(r)}
  let valid = rows[0];
${moments(r, "valid")}
  if (inside && local.y == 0u) {
    mean[o] = average + rest;
    m2[o] = squares;
  }
}`;

/** y = gain·(x−mean)·(var+eps)^−½ + bias. x (N,H) · mean, variance, gain, bias (H) → y (N,H). Writes with `=`. */
export const inference = (s: Spread): string =>
  forEach(
    s,
    "N * H",
    `let o = i % H;
    y[i] = gain[o] * (x[i] - mean[o]) * inverseSqrt(variance[o] + ${f32(EPS)}) + bias[o];`,
  );
