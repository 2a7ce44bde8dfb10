/** Inputs that no random draw would find, with numbers that are large, equal or far from zero. By the operation's name. */

import { batchnorm, crossEntropy, elementwise, reduce, sample, tanh } from "../../src/ops/index.ts";
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
/** Three columns: a dead neuron, whose variance is 0; values far from zero, where E[x²] − E[x]² has no digit left; usual ones. */
const columns = [() => 0, (z: number) => 1000 + z, (z: number) => z];
const distant = (N: number): Float32Array => rows(N, columns);
/** The second column's mean has an ulp of 6e-5. That is the error of x − mean; the variance has only its square. */
const fromDistance = { rtol: 1e-5, atol: 3e-4 };

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
      [0, 1e-30, 1e-4, 0.624, 0.626, 1, 5, 9.1, 20, 88, 1e4, 3e38].flatMap((x) => [x, -x]),
    ),
  ],
  [elementwise.exp.name]: [
    at(
      elementwise.exp.bindings.x.dims,
      [0, 1e-8, 0.34, 0.35, -0.3465, 1, 50, 88.7, -1, -50, -87, -200, -3e38],
    ),
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
    ]),
  ],
  [batchnorm.forward.name]: [
    { dims: { N: 32, H: 3 }, inputs: { x: distant(32) }, tolerance: fromDistance },
    { dims: { N: 131, H: 3 }, inputs: { x: distant(131) }, tolerance: fromDistance },
  ],
  [batchnorm.statistics.name]: [
    {
      // The first batch: no rows before it, and every row counts.
      dims: { N: 33, H: 3, two: 2 },
      inputs: {
        x: distant(33),
        rows: Uint32Array.of(0, 33),
        mean: new Float32Array(3),
        m2: new Float32Array(3),
      },
      tolerance: fromDistance,
    },
  ],
  [crossEntropy.fused.name]: [steep(19, 31), steep(7, 67)],
  [crossEntropy.perRow.name]: [steep(19, 31), steep(7, 67)],
  [sample.draw.name]: [{ dims: { N: 19, V: 31, T: 3 }, inputs: steep(19, 31).inputs }],
  // Equal values: the first of them is the maximum.
  [reduce.maxClasses.name]: [{ dims: { R: 19, C: 31 }, inputs: { x: rows(19, Array(31).fill(Math.round)) } }],
};
