/** What the kernel exercises ask for, in plain loops over rows and columns that share nothing with the package's twins. */
import type { AnyArray } from "../../../src/plan/contract.ts";

type Arrays = Readonly<Record<string, AnyArray>>;
type Matrix = number[][];
type Sizes = Readonly<Record<string, number>>;

const matrix = (flat: AnyArray, rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => flat[r * columns + c]));
const zeros = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => Array<number>(columns).fill(0));
const flat = (m: Matrix): Float64Array => Float64Array.from(m.flat());

export const references: Readonly<Record<string, (t: Arrays, d: Sizes) => Record<string, Float64Array>>> = {
  "sgd.step": ({ p, g, coefficients }) => ({
    p: Float64Array.from(p, (value, i) => value - coefficients[0] * g[i]),
  }),

  "tanh.backward": ({ y, dy }) => ({ dx: Float64Array.from(dy, (d, i) => d - d * y[i] ** 2) }),

  "reduce.sum_batch": ({ x }, { R, C }) => {
    const y = new Float64Array(C);
    for (const row of matrix(x, R, C))
      row.forEach((value, c) => {
        y[c] += value;
      });
    return { y };
  },

  "linear.forward": ({ x, w, b }, { N, I, O }) => {
    const [left, right, y] = [matrix(x, N, I), matrix(w, I, O), zeros(N, O)];
    for (let o = 0; o < O; o++)
      for (let n = 0; n < N; n++) {
        for (let i = 0; i < I; i++) y[n][o] += left[n][i] * right[i][o];
        y[n][o] += b[o];
      }
    return { y: flat(y) };
  },

  "linear.backward_weight": ({ x, dy }, { N, I, O }) => {
    const [left, right, dw] = [matrix(x, N, I), matrix(dy, N, O), zeros(I, O)];
    for (let n = 0; n < N; n++)
      for (let i = 0; i < I; i++) for (let o = 0; o < O; o++) dw[i][o] += left[n][i] * right[n][o];
    return { dw: flat(dw) };
  },

  "embedding.gather": ({ tokens, table }, { N, T, V, E }) => {
    const rows = matrix(table, V, E);
    return { y: flat(matrix(tokens, N, T).flatMap((context) => context.map((token) => rows[token]))) };
  },

  "embedding.backward": ({ tokens, dy }, { N, T, V, E }) => {
    const dtable = zeros(V, E);
    matrix(dy, N * T, E).forEach((gradient, position) => {
      gradient.forEach((value, e) => {
        dtable[tokens[position]][e] += value;
      });
    });
    return { dtable: flat(dtable) };
  },

  "cross_entropy.fused": ({ logits, targets }, { N, V }) => {
    const dlogits = zeros(N, V);
    const rowLoss = new Float64Array(N);
    matrix(logits, N, V).forEach((row, n) => {
      // e^160 still fits into float64, so a row's own mean is shift enough.
      const middle = (Math.max(...row) + Math.min(...row)) / 2;
      const powers = row.map((x) => Math.exp(x - middle));
      const all = powers.reduce((a, b) => a + b);
      rowLoss[n] = -(row[targets[n]] - middle) + Math.log(all);
      for (let c = 0; c < V; c++) dlogits[n][c] = powers[c] / all / N;
      dlogits[n][targets[n]] -= 1 / N;
    });
    return { dlogits: flat(dlogits), rowLoss };
  },

  "batchnorm.forward": ({ x, gain, bias }, { N, H }) => {
    const rows = matrix(x, N, H);
    const [xHat, y, invStd] = [zeros(N, H), zeros(N, H), new Float64Array(H)];
    for (let h = 0; h < H; h++) {
      const mean = rows.reduce((sum, row) => sum + row[h], 0) / N;
      const variance = rows.reduce((sum, row) => sum + (row[h] - mean) ** 2, 0) / (N - 1);
      invStd[h] = (variance + 1e-5) ** -0.5;
      for (let n = 0; n < N; n++) {
        xHat[n][h] = (rows[n][h] - mean) * invStd[h];
        y[n][h] = xHat[n][h] * gain[h] + bias[h];
      }
    }
    return { invStd, xHat: flat(xHat), y: flat(y) };
  },

  // Through the mean and through the variance, path by path, with σ = 1/invStd.
  "batchnorm.backward": ({ dy, xHat, gain, invStd }, { N, H }) => {
    const [upstream, normal, dx] = [matrix(dy, N, H), matrix(xHat, N, H), zeros(N, H)];
    const [dgain, dbias] = [new Float64Array(H), new Float64Array(H)];
    for (let h = 0; h < H; h++) {
      let [throughMean, throughVariance] = [0, 0];
      for (let n = 0; n < N; n++) {
        dbias[h] += upstream[n][h];
        dgain[h] += upstream[n][h] * normal[n][h];
        throughMean += upstream[n][h] * gain[h] * invStd[h];
        throughVariance += upstream[n][h] * gain[h] * normal[n][h] * invStd[h];
      }
      for (let n = 0; n < N; n++)
        dx[n][h] =
          upstream[n][h] * gain[h] * invStd[h] - throughMean / N - (normal[n][h] * throughVariance) / (N - 1);
    }
    return { dx: flat(dx), dgain, dbias };
  },
};
