import * as fast from "../../shaders/fast/tanh.wgsl.ts";
import * as plain from "../../shaders/tanh.wgsl.ts";
import { defineOp, read, write } from "../plan/contract.ts";
import { perElement, perItem } from "./grids.ts";

const cases = [
  { N: 32, H: 64 },
  { N: 19, H: 53 },
  { N: 2, H: 1 },
  // Enough that an invocation takes two items; their number fills no workgroup.
  { N: 4, H: 131_075 },
];

export const backward = defineOp({
  name: "tanh.backward",
  math: "dx = (1 − y²) · dy",
  bindings: { y: read("N,H", "unit"), dy: read("N,H"), dx: write("N,H") },
  plain: ({ N, H }) => [perItem(plain.backward, N * H)],
  fast: ({ N, H }) => [perElement(fast.backward, N * H, { vectors: ["y", "dy", "dx"] })],
  twin: ({ y, dy, dx }) => {
    for (let i = 0; i < dx.length; i++) dx[i] = (1 - y[i] * y[i]) * dy[i];
  },
  cases,
  // Near |y| = 1 the float32 subtraction 1 − y² leaves an absolute error of an ulp of 1.
  tolerance: { rtol: 1e-6, atol: 1e-6 },
  flops: ({ N, H }) => 3 * N * H,
});

export const forward = defineOp({
  name: "tanh.forward",
  math: "y = tanh(x)",
  bindings: { x: read("N,H"), y: write("N,H") },
  plain: ({ N, H }) => [perItem(plain.forward, N * H)],
  fast: ({ N, H }) => [perElement(fast.forward, N * H, { vectors: ["x", "y"] })],
  twin: ({ x, y }) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.tanh(x[i]);
  },
  cases,
  tolerance: { rtol: 1e-6, atol: 1e-7 },
  flops: ({ N, H }) => 10 * N * H,
});
