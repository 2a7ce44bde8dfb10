/** The whole training step as one operation: many steps in one dispatch, a workgroup for each network. */
import * as shader from "../../../shaders/optimizers.ts";
import { PHASES } from "../../../shaders/single/layout.ts";
import { trainStep } from "../../../shaders/single/step.wgsl.ts";
import {
  type Bindings,
  type Dims,
  defineOp,
  type Kernel,
  type Op,
  read,
  readIndex,
  update,
  write,
} from "../../plan/contract.ts";
import type { Target } from "../../plan/target.ts";
import { arena } from "../arena.ts";
import { type Rule, UPDATE_RULES, type UpdateRule } from "../optimizers.ts";
import type { Sizes } from "../tensors.ts";
import { layoutOf } from "./layout.ts";
import { replay } from "./twin.ts";

/** A network's sizes from those of the operation. */
const sizesOf = ({ V, T, E, H, N }: Dims): Sizes => ({
  vocabulary: V,
  context: T,
  embedding: E,
  hidden: H,
  batch: N,
});

function kernels(d: Dims, u: shader.Update, target: Target, runs?: number): Kernel[] {
  const { layout, bytes } = layoutOf(sizesOf(d), u, target);
  return [
    {
      pass: "",
      code: trainStep({ ...layout, runs }, d),
      grid: [d.M, 1, 1],
      invocations: layout.rowBlocks * layout.owners,
      workgroupBytes: bytes,
      vectors: { scratch: "vec4f" },
      scratch: { scratch: 4 * layout.scratch * d.M },
      subgroups: target.lanes > 1,
    },
  ];
}

/** The optimiser's state has the names of its arenas. */
const bindingsOf = ({ coefficients, state }: shader.Update): Bindings => ({
  tokens: readIndex("S,M,N,T", "V"),
  targets: readIndex("S,M,N", "V"),
  /** A step whose first coefficient is 0 is not run, nor are that network's steps after it. */
  coefficients: read(coefficients.length > 1 ? "S,M,Q" : "S,M", "unit"),
  parameters: update("M,P"),
  // Positive, since some of the state is means of squares.
  ...Object.fromEntries(state.map((name) => [name, update("M,P", "positive")])),
  loss: write("S,M"),
});

const shape = (S: number, N: number, T: number, V: number, E: number, H: number, M = 1): Dims => {
  const d = { S, M, N, T, V, E, K: T * E, H };
  return { ...d, P: arena(sizesOf(d)).length };
};

const define = (name: string, math: string, rule: UpdateRule | "gradients", cases: readonly Dims[]): Op => {
  const u = rule === "gradients" ? shader.gradients : UPDATE_RULES[rule].update;
  const Q = u.coefficients.length;
  return defineOp<Bindings>({
    name: `train_step.${name}`,
    math,
    bindings: bindingsOf(u),
    fast: (d, target) => kernels(d, u, target),
    twin: (t, d) => replay(t, d, sizesOf(d), rule),
    cases: Q > 1 ? cases.map((d) => ({ ...d, Q })) : cases,
    relatedSizes: true,
    // The rounding errors of one or several whole steps add up.
    tolerance: { rtol: 1e-5, atol: 1e-5 },
    flops: ({ S, M, N, K, V, H }) => S * M * N * H * (6 * (K + V) + 40),
  });
};

const CASES = [
  shape(2, 32, 3, 27, 10, 64),
  shape(2, 19, 5, 31, 7, 53),
  shape(1, 37, 2, 9, 3, 13),
  shape(1, 2, 1, 2, 1, 1),
  shape(1, 32, 3, 27, 10, 200),
  // Enough positions for dC to be summed in parts, and classes for a second block of the softmax's sum.
  shape(1, 38, 15, 19, 2, 3),
  // Several networks side by side.
  shape(3, 7, 3, 11, 4, 9, 5),
];

/** A step with each update rule. They differ in a few lines of their text, so only the first is judged at every shape. */
const withRule = ([rule, { name, op }]: [string, Rule], nth: number): [string, Op] => [
  rule,
  define(
    name,
    `for each of M networks, S steps of forward and backward, each with ${op.math}`,
    rule as UpdateRule,
    nth === 0 ? CASES : [...CASES.slice(1, 3), CASES.at(-1) as Dims],
  ),
];
export const STEPS = Object.fromEntries(Object.entries(UPDATE_RULES).map(withRule)) as Record<UpdateRule, Op>;

export const gradients = define("gradients", "one step's gradients in place of the parameters", "gradients", [
  shape(1, 32, 3, 27, 10, 64),
  shape(1, 19, 5, 31, 7, 53),
]);

/**
 * The step with a rule, to time its phases: behind the coefficients of all steps stands for each of {@link PHASES} how often it runs. It is
 * the step if all run once.
 */
export function phasedStep(rule: UpdateRule): Op {
  const op = STEPS[rule];
  const { update } = UPDATE_RULES[rule];
  return {
    ...op,
    name: `${op.name} in phases`,
    bindings: { ...op.bindings, coefficients: read("L", "unit") },
    fast: (d, target) => kernels(d, update, target, d.L - PHASES.length),
  };
}
