/** p −= lr · g: an invocation, its number, and a guard. */
import { sgd } from "../../../ops/index.ts";
import type { KernelTask } from "../types.ts";
import {
  changed,
  each,
  gridOverAll,
  holes,
  indivisible,
  plainText,
  stub,
  type Twin,
  wrong,
} from "./entry.ts";

const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= P) { return; }
  p[i] -= coefficients[0] * g[i];
}`;

/** The parameter that a wrong rule leaves, from p, g and the learning rate. */
const rule = (f: (p: number, g: number, lr: number, o: { first: number; P: number }) => number): Twin =>
  each("p", ({ p, g, coefficients }, i, { P }) => f(p[i], g[i], coefficients[0], { first: g[0], P }));

const line = "p[i] -= coefficients[0] * g[i];";
const text = (by: string): string => changed(kernel, [line, by]);

export const sgdStep: KernelTask = {
  name: "sgd.step",
  op: "sgd.step",
  title: "A step of gradient descent",
  asked:
    "Move each of the P parameters in `p` against its gradient in `g`, by the learning rate, `coefficients[0]`, times the gradient.",
  computation: sgd.step,
  grid: gridOverAll("parameter", "P", ({ P }) => P),
  cases: ([x, y, z]) => {
    const all = x * y * z;
    const [odd] = indivisible([x, y, z]);
    // Not drawn: a learning rate near 0 would hide what is wrong with the gradient.
    const inputs = { coefficients: Float32Array.of(0.3) };
    // Two roundings of numbers of about 1.
    const tolerance = { rtol: 1e-6, atol: 1e-6 };
    return [
      { name: "two parameters", dims: { P: 2 }, inputs, tolerance },
      { name: "ragged", dims: { P: 2 * all + odd }, inputs, tolerance },
      { name: "whole workgroups", dims: { P: 3 * all }, inputs, tolerance },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "One invocation has one parameter. It reads that parameter, its gradient and the learning rate, and writes the parameter. No invocation needs anything of another.",
    },
    {
      title: "the indices",
      text: "With `@workgroup_size(64)` and a grid that is one row, `global_invocation_id.x` counts 0, 1, 2, … through all workgroups. Parameter i and its gradient stand at `p[i]` and `g[i]`.",
    },
    {
      title: "the guard",
      text: "Workgroups are always full: for P = 100 there are two of 64, so 128 invocations. The last 28 have no parameter, and must write nothing.",
    },
    { title: "the kernel with holes", text: holes(kernel, "i >= P", "coefficients[0] * g[i]") },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which parameter is this invocation's, and where does it move?"),
  spellings: [
    plainText(sgd.step, { P: 1 }),
    kernel,
    `@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let i = group.x * 64u + index;
  if (i < P) { p[i] = p[i] - g[i] * coefficients[0]; }
}`,
    `@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < P) { p[id.x] = fma(-coefficients[0], g[id.x], p[id.x]); }
}`,
    `@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lr = coefficients[0];
  for (var i = id.x; i < P; i += grid.x * 32u) {
    p[i] -= lr * g[i];
  }
}`,
    `var<workgroup> lr: f32;

@compute @workgroup_size(4, 4, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  if (index == 0u) { lr = coefficients[0]; }
  workgroupBarrier();
  let i = group.x * 64u + index;
  if (i >= P) { return; }
  p[i] -= lr * g[i];
}`,
  ],
  mistakes: [
    wrong(
      "sgd.step.sign",
      "Every parameter moves with its gradient, so each step makes the loss larger.",
      rule((p, g, lr) => p + lr * g),
      text("p[i] += coefficients[0] * g[i];"),
    ),
    wrong(
      "sgd.step.no-lr",
      "Every parameter moves by its whole gradient, whatever the learning rate is: at 0.1 that is 10 times too far.",
      rule((p, g) => p - g),
      text("p[i] -= g[i];"),
    ),
    wrong(
      "sgd.step.divided",
      "The smaller the learning rate, the farther your parameters move: at 0.1 that is 100 times too far.",
      rule((p, g, lr) => p - g / lr),
      text("p[i] -= g[i] / coefficients[0];"),
    ),
    wrong(
      "sgd.step.replaced",
      "What was in `p` is lost: each parameter is now its step and nothing else.",
      rule((_, g, lr) => -lr * g),
      text("p[i] = -coefficients[0] * g[i];"),
    ),
    wrong(
      "sgd.step.replaced-and-sign",
      "What was in `p` is lost, and each parameter is now the learning rate times its gradient.",
      rule((_, g, lr) => lr * g),
      text("p[i] = coefficients[0] * g[i];"),
    ),
    wrong(
      "sgd.step.all-scaled",
      "The learning rate multiplies the parameter too: at 0.1, nine tenths of each parameter are lost in a step.",
      rule((p, g, lr) => lr * (p - g)),
      text("p[i] = coefficients[0] * (p[i] - g[i]);"),
    ),
    wrong(
      "sgd.step.no-gradient",
      "All parameters move by the same amount, whatever their gradients are.",
      rule((p, _, lr) => p - lr),
      text("p[i] -= coefficients[0];"),
    ),
    wrong(
      "sgd.step.decay",
      "Every parameter shrinks by the same share, and its gradient makes no difference.",
      rule((p, _, lr) => p - lr * p),
      text("p[i] -= coefficients[0] * p[i];"),
    ),
    wrong(
      "sgd.step.first-gradient",
      "All parameters move by the gradient of the first one.",
      rule((p, _, lr, { first }) => p - lr * first),
      text("p[i] -= coefficients[0] * g[0];"),
    ),
    wrong(
      "sgd.step.mean",
      ({ P }) => `Each step is ${P} times too short, and there are ${P} parameters.`,
      rule((p, g, lr, { P }) => p - (lr * g) / P),
      text("p[i] -= coefficients[0] * g[i] / f32(P);"),
    ),
  ],
};
