/** The judge that knows rounding: what it allows float32, and what it does not. */
import { describe, expect, it } from "vitest";
import { alone } from "../../bench/kernels.ts";
import { registry } from "../../src/model/registry.ts";
import { elementwise, embedding, reduce } from "../../src/ops/index.ts";
import { elements, type Op } from "../../src/plan/contract.ts";
import { inParts } from "../../src/plan/parts.ts";
import { bindPlan, type Plan } from "../../src/plan/plan.ts";
import { hostTensors, replayer } from "../../src/plan/replay.ts";
import { type Expectation, expectations, judgeRounding } from "../../src/plan/rounding.ts";
import { TorchGenerator } from "../../src/random/torch.ts";

const u = 2 ** -24;

const expectOne = (
  op: Op,
  dims: Readonly<Record<string, number>>,
  given: Readonly<Record<string, ArrayLike<number>>>,
  output: string,
): Expectation => expectations(alone(op, dims), given, [output]).get(output)!;

describe("the rounding to expect", () => {
  it("is about that of the number itself where an operation only copies", () => {
    const table = [1, 3, 100, -0.5];
    const { want, s, finite } = expectOne(
      embedding.gather,
      { N: 4, T: 1, V: 4, E: 1 },
      { tokens: [3, 2, 1, 0], table },
      "y",
    );
    expect([...want]).toEqual([-0.5, 100, 3, 1]);
    expect(finite).toBe(true);
    for (const [i, x] of [...want].entries()) {
      // Two numbers are rounded at random, ξ has variance ⅓: √⅔, give or take what 16 samples scatter.
      expect(s[i] / (u * Math.abs(x))).toBeGreaterThan(0.4);
      expect(s[i] / (u * Math.abs(x))).toBeLessThan(1.3);
    }
  });

  it("is that of the terms where they cancel, and of the sum where they do not", () => {
    const cancelling = Float64Array.from({ length: 400 }, (_, i) => (i % 2 ? 1 : -1));
    const one = (x: ArrayLike<number>) => expectOne(reduce.sumBatch, { R: 400, C: 1 }, { x }, "y");
    const zero = one(cancelling);
    expect(zero.want[0]).toBe(0);
    expect(zero.s[0] / (u * 20)).toBeGreaterThan(0.3);
    expect(zero.s[0] / (u * 20)).toBeLessThan(1.2);
    const total = one(cancelling.map(Math.abs));
    expect(total.want[0]).toBe(400);
    expect(total.s[0] / (u * 400)).toBeGreaterThan(0.3);
    expect(total.s[0] / (u * 400)).toBeLessThan(1.2);
  });

  it("is the same every time", () => {
    const run = () => expectOne(reduce.sumBatch, { R: 3, C: 1 }, { x: [1, 2, 3] }, "y");
    expect(run()).toEqual(run());
  });

  it("leaves what it is given alone", () => {
    const x = Float64Array.of(1, 2, 3);
    expectOne(reduce.sumBatch, { R: 3, C: 1 }, { x }, "y");
    expect([...x]).toEqual([1, 2, 3]);
  });

  it("does not exist where float32 overflows, or a number too small for it is divided by", () => {
    const exp = (x: number) => expectOne(elementwise.exp, { R: 1, C: 1 }, { x: [x] }, "y").finite;
    expect([exp(88), exp(89)]).toEqual([true, false]);
    const reciprocal = (x: number) => expectOne(elementwise.reciprocal, { R: 1 }, { x: [x] }, "y").finite;
    expect([reciprocal(1), reciprocal(0)]).toEqual([true, false]);
    // 1e-39 is no normal float32, and a device may have 0 there: log(0) is not finite.
    const plan = bindPlan(
      "log of exp",
      ["x", "y", "z"].map((name) => ({
        name,
        shape: [1, 1],
        symbols: ["R", "C"],
        type: "f32",
        role: "activation",
      })),
      [
        { op: elementwise.exp, args: { x: "x", y: "y" } },
        { op: elementwise.log, args: { x: "y", y: "z" } },
      ],
    );
    const finite = (x: number) =>
      [...expectations(plan, { x: [x] }, ["y", "z"]).values()].map((e) => e.finite);
    expect(finite(-87)).toEqual([true, true]);
    expect(finite(-90)).toEqual([true, false]);
  });

  it("counts its memory before it takes any", () => {
    const dims = { R: 2 ** 20, C: 2 ** 20 };
    expect(() => expectOne(elementwise.square, dims, {}, "y")).toThrow(
      /^the reference with its rounding needs [\d,]+ bytes of memory, and [\d,]+ are free: /,
    );
  });
});

/** The sums of 64 columns in float32, in blocks as kernels have them; one block is a single chain. */
function float32Sums(x: ArrayLike<number>, block: number): number[] {
  return Array.from({ length: 64 }, (_, c) => {
    let sum = 0;
    for (let first = c; first < x.length; first += 64 * block) {
      let part = 0;
      for (let i = first; i < Math.min(first + 64 * block, x.length); i += 64)
        part = Math.fround(part + x[i]);
      sum = Math.fround(sum + part);
    }
    return sum;
  });
}

describe("the verdict", () => {
  it.each([
    ["a single chain of 8,192 additions", 8192, 8192, false],
    ["8,192 additions in blocks of 16", 8192, 16, true],
    ["a single chain of 256 additions", 256, 256, true],
  ])("on %s", (_, count, block, within) => {
    const x = Float32Array.from(new TorchGenerator(1).randn(64 * count));
    const e = expectOne(reduce.sumBatch, { R: count, C: 64 }, { x }, "y");
    expect(judgeRounding(float32Sums(x, block), e).within).toBe(within);
  });

  const e = expectOne(reduce.sumBatch, { R: 2, C: 3 }, { x: [1, 2, 3, 4, 5, 6] }, "y");
  const right = [5, 7, 9];
  it("is within at 64 roundings and not beyond, and names the element", () => {
    const off = (roundings: number) => judgeRounding([5, 7 + roundings * e.s[1], 9], e);
    expect(judgeRounding(right, e)).toMatchObject({ roundings: 0, within: true });
    expect(off(63.9)).toMatchObject({ within: true, worst: { index: 1, want: 7, s: e.s[1] } });
    expect(off(-64.1)).toMatchObject({ within: false, worst: { index: 1 } });
    expect(off(10).roundings).toBeCloseTo(10, 6);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("never passes %d", (x) => {
    expect(judgeRounding([5, x, 9], e)).toMatchObject({
      roundings: Number.POSITIVE_INFINITY,
      within: false,
      worst: { index: 1, got: x },
    });
    // Not even if the same was expected.
    expect(judgeRounding([5, x, 9], e, { want: [5, x, 9] }).within).toBe(false);
  });

  it("allows twice as much where what is wanted was rounded as well", () => {
    const got = [5, 7 + 100 * e.s[1], 9];
    expect(judgeRounding(got, e, { want: right }).within).toBe(false);
    expect(judgeRounding(got, e, { want: right, share: 0.5 })).toMatchObject({ within: true });
  });

  it("wants integers equal", () => {
    const index = expectOne(reduce.maxClasses, { R: 2, C: 2 }, { x: [1, 2, 4, 3] }, "index");
    expect(judgeRounding([1, 0], index)).toMatchObject({ roundings: 0, within: true });
    expect(judgeRounding([1, 1], index)).toMatchObject({
      within: false,
      worst: { index: 1, got: 1, want: 0 },
    });
  });

  it("is none where nothing can be judged", () => {
    const overflown = expectOne(elementwise.exp, { R: 1, C: 1 }, { x: [1000] }, "y");
    expect(judgeRounding([1], overflown)).toMatchObject({ roundings: null, within: null });
  });
});

describe("an operation's parts", () => {
  const withParts = registry.filter((op) => op.parts);

  it("belong to the operations that round in between", () => {
    expect(withParts.map((op) => op.name)).toEqual([
      "batchnorm.backward",
      "batchnorm.forward",
      "batchnorm_tanh.backward",
      "batchnorm_tanh.forward",
      "cross_entropy.fused",
    ]);
  });

  it.each(withParts.map((op) => [op.name, op] as const))("of %s compute what it computes", (_, op) => {
    for (const dims of op.cases) {
      const plan = alone(op, dims);
      const g = new TorchGenerator(7);
      const run = (p: Parameters<typeof replayer>[0] & Pick<Plan, "tensors">) => {
        const arrays = hostTensors(p, Float64Array);
        g.manualSeed(7);
        for (const [name, b] of Object.entries(op.bindings).filter(([, b]) => b.access === "read"))
          arrays
            .get(name)!
            .set(b.type === "u32" ? g.randint(2, elements(b, dims)) : g.rand(elements(b, dims)));
        replayer(p, arrays)();
        return arrays;
      };
      const [whole, parts] = [run(plan), run(inParts(plan))];
      for (const name of Object.keys(op.bindings)) {
        const [want, got] = [whole.get(name)!, parts.get(name)!].map((a) => Float64Array.from(a));
        const off = want.reduce(
          (most: number, x, i) => Math.max(most, Math.abs(got[i] - x) / (1 + Math.abs(x))),
          0,
        );
        expect(off, name).toBeLessThan(1e-12);
      }
    }
  });
});
