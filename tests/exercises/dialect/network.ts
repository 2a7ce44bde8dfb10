import { rowMajor, Tensor } from "../../../src/exercises/dialect/tensor.ts";
import type { Value } from "../../../src/exercises/dialect/values.ts";
import { sizeValue } from "../../../src/exercises/dialect/values.ts";
import { exercise1, type Sizes } from "../../oracle/exercise1.ts";

export interface Network {
  readonly given: Map<string, Value>;
  /** The right gradients, as `d` + name. */
  readonly gradients: Map<string, Tensor>;
  readonly sizes: Sizes;
}

/** A random network of these sizes, gone through once forward and once backward by the notebook's exercise 1. */
export function network(sizes: Sizes = { N: 5, V: 7, T: 2, E: 3, H: 11 }, seed = 1): Network {
  let state = seed;
  const random = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const values = (count: number): number[] => Array.from({ length: count }, () => random() * 2 - 1);
  const { N, V, T, E, H } = sizes;
  const parameters = {
    C: values(V * E),
    W1: values(T * E * H),
    b1: values(H),
    W2: values(H * V),
    b2: values(V),
    bngain: values(H),
    bnbias: values(H),
  };
  const Xb = Array.from({ length: N * T }, () => Math.floor(random() * V));
  const Yb = Array.from({ length: N }, () => Math.floor(random() * V));
  const step = exercise1(parameters, Xb, Yb, sizes);
  const given = new Map<string, Value>();
  const gradients = new Map<string, Tensor>();
  const of = (shape: number[], data: ArrayLike<number>, dtype: "float" | "int64" = "float"): Tensor =>
    new Tensor(dtype, shape, { values: Float64Array.from(data), version: 0 }, rowMajor(shape));
  for (const [name, { shape, data }] of Object.entries(step)) {
    const forward = name.slice(1);
    if (name.startsWith("d") && (forward in step || forward in parameters))
      gradients.set(name, of(shape, data));
    else given.set(name, of(shape, data));
  }
  const shapes = { C: [V, E], W1: [T * E, H], b1: [H], W2: [H, V], b2: [V], bngain: [1, H], bnbias: [1, H] };
  for (const [name, shape] of Object.entries(shapes)) {
    if (!given.has(name)) given.set(name, of(shape, parameters[name as keyof typeof parameters]));
  }
  given.set("Xb", of([N, T], Xb, "int64"));
  given.set("Yb", of([N], Yb, "int64"));
  const numbers = { n: N, batch_size: N, vocab_size: V, block_size: T, n_embd: E, n_hidden: H };
  for (const [name, value] of Object.entries(numbers)) given.set(name, BigInt(value));
  return { given, gradients, sizes };
}

/** Elements of `mine` that are off by more than 1e-9 of the largest right one, or the shapes if they differ. */
export function difference(mine: Value | undefined, right: Tensor): string | null {
  if (!(mine instanceof Tensor)) return "no tensor";
  if (mine.shape.join() !== right.shape.join()) return `${sizeValue(mine.shape).items} for ${right.shape}`;
  const [a, b] = [mine.read(), right.read()];
  let largest = 1e-3;
  for (const value of b) largest = Math.max(largest, Math.abs(value));
  const off = [...a.keys()].filter((i) => !(Math.abs(a[i] - b[i]) <= 1e-9 * largest));
  return off.length === 0 ? null : `${off.length} elements are off, like ${a[off[0]]} for ${b[off[0]]}`;
}
