/** dx = (1 − y²) · dy, element by element. */
import { tanh } from "../../../ops/index.ts";
import type { KernelCase, KernelTask } from "../types.ts";
import {
  changed,
  drawn,
  each,
  gridOverAll,
  holes,
  plainText,
  spread,
  stub,
  type Twin,
  wrong,
} from "./entry.ts";

const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= N * H) { return; }
  dx[i] = (1.0 - y[i] * y[i]) * dy[i];
}`;

const rule = (f: (y: number, dy: number) => number): Twin => each("dx", ({ y, dy }, i) => f(y[i], dy[i]));
const text = (by: string): string => changed(kernel, ["(1.0 - y[i] * y[i]) * dy[i]", by]);

export const tanhBackward: KernelTask = {
  name: "tanh.backward",
  op: "tanh.backward",
  title: "Backward through tanh",
  asked:
    "`y` is what tanh gave in the forward pass, and `dy` is its gradient. Write the gradient of what went into tanh, element by element.",
  computation: tanh.backward,
  grid: gridOverAll("element", "N · H", ({ N, H }) => N * H),
  cases: (size) => {
    const { least, ragged, whole } = spread(size);
    const named: [string, [number, number]][] = [
      ["two elements", least],
      ["ragged", ragged],
      ["whole workgroups", whole],
    ];
    return named.map(
      ([name, [N, H]]): KernelCase => ({
        name,
        dims: { N, H },
        // As after tanh: both signs, and some so near ±1 that the neuron is saturated.
        inputs: { y: drawn(N * H, (z) => Math.tanh(2 * z + 0.5)) },
        // Near |y| = 1 the subtraction leaves an absolute error of an ulp of 1.
        tolerance: { rtol: 1e-6, atol: 1e-6 },
      }),
    );
  },
  hints: [
    {
      title: "what an invocation does",
      text: "One invocation has one element: it reads one number of `y` and one of `dy`, and writes one of `dx`.",
    },
    {
      title: "the rule",
      text: "What arrives, `dy`, times the slope of tanh. The slope can be had from the result: tanh is steepest, with slope 1, where `y` is 0, and flat where `y` is near 1 or −1.",
    },
    {
      title: "the indices and the guard",
      text: "A matrix of N rows and H columns is N · H numbers one after another. Element by element it makes no difference where a row ends, so one index counts through all of them. The invocations behind the last element must write nothing.",
    },
    { title: "the kernel with holes", text: holes(kernel, "i >= N * H", "(1.0 - y[i] * y[i])") },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which element is this invocation's, and what is its gradient?"),
  spellings: [
    plainText(tanh.backward, { N: 1, H: 1 }),
    kernel,
    `@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let i = group.x * 256u + local.y * 16u + local.x;
  if (i >= N * H) { return; }
  let slope = (1.0 - y[i]) * (1.0 + y[i]);
  dx[i] = slope * dy[i];
}`,
    `@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x / H;
  let h = id.x % H;
  if (n >= N) { return; }
  dx[n * H + h] = fma(-y[n * H + h], y[n * H + h], 1.0) * dy[n * H + h];
}`,
    `@compute @workgroup_size(128)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  for (var i = id.x; i < N * H; i += grid.x * 128u) {
    dx[i] = dy[i] - y[i] * y[i] * dy[i];
  }
}`,
  ],
  mistakes: [
    wrong(
      "tanh.backward.no-square",
      "Where `y` is 0.5, tanh has the slope 0.75, and yours multiplies by 0.5; where `y` is −1, tanh is flat, and yours doubles.",
      rule((y, dy) => (1 - y) * dy),
      text("(1.0 - y[i]) * dy[i]"),
    ),
    wrong(
      "tanh.backward.square-of-difference",
      "Yours is right where `y` is 0, and too large wherever `y` is negative: 3 times at −0.5.",
      rule((y, dy) => (1 - y) ** 2 * dy),
      text("(1.0 - y[i]) * (1.0 - y[i]) * dy[i]"),
    ),
    wrong(
      "tanh.backward.plus",
      "Yours grows where a neuron saturates: where `y` is 1 or −1 tanh is flat, and yours is 2 · `dy`.",
      rule((y, dy) => (1 + y * y) * dy),
      text("(1.0 + y[i] * y[i]) * dy[i]"),
    ),
    wrong(
      "tanh.backward.sign",
      "Every number of yours has the wrong sign, as if tanh fell.",
      rule((y, dy) => (y * y - 1) * dy),
      text("(y[i] * y[i] - 1.0) * dy[i]"),
    ),
    wrong(
      "tanh.backward.no-upstream",
      "Yours stays the same whatever `dy` is: it is the slope of tanh alone.",
      rule((y) => 1 - y * y),
      text("1.0 - y[i] * y[i]"),
    ),
    wrong(
      "tanh.backward.no-slope",
      "Yours hands `dy` on unchanged, as if tanh were a straight line of slope 1.",
      rule((_, dy) => dy),
      text("dy[i]"),
    ),
    wrong(
      "tanh.backward.square-alone",
      "Yours is 0 where `y` is 0, and there tanh is steepest; where `y` is 1 it hands on all of `dy`, and there tanh is flat.",
      rule((y, dy) => y * y * dy),
      text("y[i] * y[i] * dy[i]"),
    ),
    wrong(
      "tanh.backward.square-slope",
      "Yours has the slope of a square, 2 · `y`: it is 0 where `y` is 0, and there tanh is steepest.",
      rule((y, dy) => 2 * y * dy),
      text("2.0 * y[i] * dy[i]"),
    ),
    wrong(
      "tanh.backward.value",
      "Yours multiplies by how large `y` is, and not by how fast it rises: it is 0 where `y` is 0, and there tanh is steepest.",
      rule((y, dy) => y * dy),
      text("y[i] * dy[i]"),
    ),
    wrong(
      "tanh.backward.brackets",
      "Where `dy` is 0 yours is 1: only the square is multiplied by `dy`.",
      rule((y, dy) => 1 - y * y * dy),
      text("1.0 - y[i] * y[i] * dy[i]"),
    ),
    wrong(
      "tanh.backward.again",
      "Yours takes the tanh of `y` once more: where `y` is 1 tanh is flat, and yours still lets 0.42 · `dy` through.",
      rule((y, dy) => (1 - Math.tanh(y) ** 2) * dy),
      text("(1.0 - tanh(y[i]) * tanh(y[i])) * dy[i]"),
    ),
    wrong(
      "tanh.backward.swapped",
      "Yours has `y` and `dy` in each other's place: where `y` is 0 yours is 0, however large `dy` is.",
      rule((y, dy) => (1 - dy * dy) * y),
      text("(1.0 - dy[i] * dy[i]) * y[i]"),
    ),
  ],
};
