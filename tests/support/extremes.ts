/** Inputs that no random draw would find, with numbers that are large, equal or far from zero. By the operation's name. */

import {
  batchnorm,
  batchnormTanh,
  crossEntropy,
  elementwise,
  reduce,
  sample,
  tanh,
} from "../../src/ops/index.ts";
import type { AnyArray, Dims, Tolerance } from "../../src/plan/contract.ts";
import { TorchGenerator } from "../../src/random/torch.ts";

export interface Extreme {
  readonly dims: Dims;
  /** The inputs that are not drawn at random. */
  readonly inputs: Readonly<Record<string, AnyArray>>;
  /** The op's own if absent. */
  readonly tolerance?: Tolerance;
}

/** Two ulps; one is at most 1.2e-7 of a value. A device may flush numbers below the smallest normal one to zero. */
const ULPS = { rtol: 2.4e-7, atol: 1.2e-38 };

/** A function of one variable at each of these values. */
const at = (symbols: readonly string[], x: readonly number[]): Extreme => ({
  dims: { [symbols[0]]: 1, [symbols[1]]: x.length },
  inputs: { x: Float32Array.from(x) },
  tolerance: ULPS,
});

const rows = (N: number, columns: readonly ((z: number) => number)[]): Float32Array =>
  new TorchGenerator(1).randn(N * columns.length).map((z, i) => columns[i % columns.length](z));
/**
 * Columns of equal numbers, which are a dead neuron's: their variance is 0, and whatever rounding leaves of x − mean is multiplied by 1/√eps, 316. Values
 * far from zero, where E[x²] − E[x]² has no digit left, and a mean in one float32 is off by 3e-5. Usual ones.
 */
const columns = [() => 0, () => 3.3, () => 1000.1, (z: number) => 1000 + z, (z: number) => z];
const distant = (N: number): Float32Array => rows(N, columns);
/** One part and several; columns one by one, and four side by side. */
const distantColumns: readonly Extreme[] = [32, 61, 131].flatMap((N) => [
  { dims: { N, H: 5 }, inputs: { x: distant(N) } },
  { dims: { N, H: 20 }, inputs: { x: rows(N, [...columns, ...columns, ...columns, ...columns]) } },
]);

/** Logits at which e^x overflows without the softmax's shift, and some probabilities are 0 in float32. */
const steep = (N: number, V: number): Extreme => ({
  dims: { N, V },
  inputs: {
    logits: rows(
      N,
      Array(V).fill((z: number) => 100 * z),
    ),
  },
});

export const extremes: Readonly<Record<string, readonly Extreme[]>> = {
  [tanh.forward.name]: [
    at(
      tanh.forward.bindings.x.dims,
      [0, 1e-45, 1e-30, 1e-4, 0.624, 0.626, 1, 5, 9.1, 20, 88, 1e4, 3e38, Infinity].flatMap((x) => [x, -x]),
    ),
  ],
  [elementwise.exp.name]: [
    at(elementwise.exp.bindings.x.dims, [
      0,
      1e-8,
      0.34,
      0.35,
      -0.3465,
      1,
      50,
      88.7,
      88.722,
      Infinity,
      -1,
      -50,
      -87,
      -200,
      -3e38,
      -Infinity,
    ]),
  ],
  [elementwise.log.name]: [
    at(elementwise.log.bindings.x.dims, [
      1 - 2 ** -24,
      1,
      1 + 2 ** -23,
      0.7,
      0.71,
      1.41,
      1.42,
      1.2e-38,
      3e38,
      // Below the smallest normal number, and from the largest one on.
      1e-45,
      1e-40,
      1.1754942e-38,
      0,
      -0,
      3.4028235e38,
      Infinity,
    ]),
  ],
  [batchnorm.forward.name]: distantColumns,
  [batchnormTanh.forward.name]: distantColumns,
  [batchnormTanh.backward.name]: distantColumns.map(({ dims, inputs }) => ({
    dims,
    // A dead neuron's is 1/√eps, and makes dx as large.
    inputs: { ...inputs, invStd: Float32Array.from({ length: dims.H }, (_, h) => (h % 5 < 3 ? 316 : 1)) },
    tolerance: { rtol: 5e-6, atol: 1e-4 },
  })),
  // Every row counts. Beside eps, 1e-5, nothing may be left of a dead neuron's variance.
  [batchnorm.statistics.name]: [33, 131].map((N) => ({
    dims: { N, H: 5 },
    inputs: { x: distant(N), rows: Uint32Array.of(N) },
    tolerance: { rtol: 5e-6, atol: 1e-10 },
  })),
  [crossEntropy.fused.name]: [steep(19, 31), steep(7, 67)],
  [crossEntropy.perRow.name]: [steep(19, 31), steep(7, 67)],
  [sample.draw.name]: [{ dims: { N: 19, V: 31, T: 3 }, inputs: steep(19, 31).inputs }],
  // Numbers like the k-th largest stay too, and −0 is like 0; large ones; and neighbours, which the last bit tells apart.
  [sample.topK.name]: [
    Math.round,
    (z: number) => 1e30 * z,
    (z: number) => 1 + 2 ** -23 * Math.round(3 * z),
  ].map((of) => ({ dims: { N: 19, V: 31 }, inputs: { x: rows(19, Array(31).fill(of)) } })),
  // Equal values: the first of them is the maximum.
  [reduce.maxClasses.name]: [{ dims: { R: 19, C: 31 }, inputs: { x: rows(19, Array(31).fill(Math.round)) } }],
};
