/** A plan with a mistake is refused when it is built, in a line that names the tensors that do not fit together. */
import { describe, expect, it } from "vitest";
import { registry } from "../../src/model/registry.ts";
import { crossEntropy, elementwise, linear, sgd, tanh } from "../../src/ops/index.ts";
import type { Bindings, Op } from "../../src/plan/contract.ts";
import { bindPlan, call, PlanError, storage, type Tensor } from "../../src/plan/plan.ts";

const tensor = (name: string, shape: number[], o: Partial<Tensor> = {}): Tensor => ({
  name,
  shape,
  symbols: shape.map((n) => (n === 1 ? "1" : "S")),
  type: "f32",
  role: "activation",
  ...o,
});
const tensors = [
  tensor("embcat", [32, 30]),
  tensor("W1", [20, 200]),
  tensor("b1", [200]),
  tensor("hprebn", [32, 200]),
  tensor("bngain", [1, 32]),
  tensor("Yb", [32], { type: "u32" }),
  tensor("lr", [1]),
  tensor("arena", [64]),
  tensor("low", [32], { view: { of: "arena", offset: 0 } }),
  tensor("high", [32], { view: { of: "arena", offset: 32 } }),
  tensor("row", [16], { view: { of: "high", offset: 8 } }),
];
const build = <B extends Bindings>(op: Op<B>, args: { readonly [K in keyof B]: string }) =>
  bindPlan("test", tensors, [call(op, args)]);

describe("a plan is refused for", () => {
  it("sizes that clash", () => {
    expect(() => build(linear.forward, { x: "embcat", w: "W1", b: "b1", y: "hprebn" })).toThrow(
      new PlanError("linear.forward #1: x is embcat (32,30), so I=30, but w is W1 (20,200)"),
    );
  });
  it("the wrong number of axes", () => {
    expect(() => build(tanh.forward, { x: "b1", y: "hprebn" })).toThrow(
      new PlanError("tanh.forward #1: x is b1 (200), but it takes 2 axes (N,H)"),
    );
  });
  it("the wrong element type", () => {
    expect(() => build(sgd.step, { p: "Yb", g: "low", coefficients: "lr" })).toThrow(
      new PlanError("sgd.step #1: p is Yb (32) of u32, but it takes f32"),
    );
  });
  it("a name that no tensor has", () => {
    expect(() => build(sgd.step, { p: "lwo", g: "low", coefficients: "lr" })).toThrow(
      /^no tensor is called lwo; .* low, /,
    );
  });
  it("reading and writing one buffer in a dispatch", () => {
    expect(() => build(sgd.step, { p: "low", g: "high", coefficients: "lr" })).toThrow(
      new PlanError(
        "sgd.step #1: p and g share the storage of arena, but one dispatch cannot both read and write a buffer",
      ),
    );
  });
  it("writing one tensor twice in a dispatch", () => {
    const { fused } = crossEntropy;
    const square = [tensor("x", [1]), tensor("y", [2], { type: "u32" }), tensor("logits", [2, 2])];
    const calls = [call(fused, { logits: "logits", targets: "y", dlogits: "logits", loss: "x" })];
    expect(() => bindPlan("test", square, calls)).toThrow(PlanError);
  });
});

it("skips a tensor's literal ones, as torch broadcasts them", () => {
  const { calls } = build(elementwise.inverseStd, { x: "bngain", y: "low" });
  expect(calls[0].dims).toEqual({ C: 32 });
});

it("finds the storage of a view of a view", () => {
  const { root, offset } = storage(new Map(tensors.map((t) => [t.name, t])), "row");
  expect([root.name, offset]).toEqual(["arena", 40]);
});

it("has every operation in the registry once, with what it computes and a case of it", () => {
  expect(new Set(registry.map((op) => op.name)).size).toBe(registry.length);
  for (const op of registry) {
    expect(op.name).toMatch(/^[a-z_]+\.[a-z_]+$/);
    expect(op.math, op.name).not.toBe("");
    expect(op.cases.length, op.name).toBeGreaterThan(0);
    const symbols = new Set(Object.values(op.bindings).flatMap((b) => b.dims));
    for (const dims of op.cases)
      for (const s of symbols) expect(dims[s], `${op.name} ${s}`).toBeGreaterThan(0);
  }
});
