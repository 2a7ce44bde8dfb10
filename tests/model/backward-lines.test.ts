/**
 * Every backward line against central differences of the forward lines whose paths it closes, in float64: each operation of the chunked plan
 * and of the fused one by itself, and of the plan in which learners' kernels train those that neither has.
 *
 * A tensor X feeds some forward calls, whose outputs Y have upstream gradients dY. The line that makes dX must give the derivative of
 * L = Σ dY·Y by X, with everything else fixed. Which calls those are is read off the plan; where X is used twice (counts, logits, bndiff,
 * hprebn) one line closes both paths. The upstream gradients are random and have nothing to do with one another: all ones would make
 * BatchNorm's last term vanish, and a path that is left out shows.
 */
import { describe, expect, it } from "vitest";
import { referencePlan } from "../../src/exercises/kernels/plan.ts";
import { PATHS, stepPlan } from "../../src/model/plans.ts";
import { PARAMETERS, type Sizes } from "../../src/model/tensors.ts";
import { batchnormTanh, elementwise, sgd } from "../../src/ops/index.ts";
import type { AnyArray, FloatArray, Op } from "../../src/plan/contract.ts";
import { type BoundCall, type Plan, storage } from "../../src/plan/plan.ts";
import { hostTensors, replayer } from "../../src/plan/replay.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { type Comparison, compareTensors, explain } from "../oracle/compare.ts";
import { someIndices } from "../support/random.ts";

/**
 * h is close to the best trade between the third derivative's error, about h², and rounding's, about 1e-16/h: both
 * in proportion to the gradient's largest element, as the tolerance is.
 */
const STEP = 1e-5;
const SHARE = 1e-7;
/** Elements of a tensor that are nudged; all of them, where it has no more. */
const TRIED = 40;

const SIZES: readonly Sizes[] = [
  { vocabulary: 27, context: 3, embedding: 10, hidden: 24, batch: 32 },
  { vocabulary: 7, context: 2, embedding: 3, hidden: 5, batch: 9 },
  { vocabulary: 2, context: 1, embedding: 1, hidden: 1, batch: 2 },
  { vocabulary: 31, context: 5, embedding: 7, hidden: 53, batch: 131 },
];

const formals = ({ op }: BoundCall, access: "read" | "write"): string[] =>
  Object.keys(op.bindings).filter((f) => (op.bindings[f].access === "read") === (access === "read"));
const written = (c: BoundCall): string[] => formals(c, "write").map((f) => c.args[f]);

/** A plan after its forward pass on random weights, with random upstream gradients. */
class Lines {
  readonly plan: Plan;
  readonly arrays: ReadonlyMap<string, AnyArray>;
  readonly #forward: readonly BoundCall[];

  constructor(plan: Plan, seed: number) {
    this.plan = plan;
    const arrays = hostTensors(plan, Float64Array);
    this.arrays = arrays;
    const g = new TorchGenerator(seed);
    const { V } = plan.calls.reduce<Record<string, number>>((all, c) => Object.assign(all, c.dims), {});
    for (const name of ["Xb", "Yb"]) arrays.get(name)!.set(g.randint(V, arrays.get(name)!.length));
    // Small enough that no probability is next to 0.
    for (const name of PARAMETERS)
      arrays.get(name)!.set(g.randn(arrays.get(name)!.length).map((z) => 0.3 * z));
    replayer(plan, arrays)();
    for (const [name, { role, view }] of plan.tensors)
      if (role === "gradient" && !view) arrays.get(name)!.set(g.randn(arrays.get(name)!.length));
    const isGradient = (name: string) => plan.tensors.get(name)!.role === "gradient";
    this.#forward = plan.calls.filter((c) => !written(c).every(isGradient));
  }

  run(c: BoundCall): void {
    replayer({ calls: [c] }, this.arrays)();
  }

  #same(a: string, b: string): boolean {
    const [x, y] = [a, b].map((name) => storage(this.plan.tensors, name));
    return x.root === y.root && x.offset === y.offset;
  }

  /** The forward calls that read a tensor, itself or as another view of it. */
  users(tensor: string): BoundCall[] {
    return this.#forward.filter((c) => formals(c, "read").some((f) => this.#same(c.args[f], tensor)));
  }

  /** Outputs of a forward call with their upstream gradients: those that `line` reads, and 1 for the loss. */
  #upstream(user: BoundCall, line: BoundCall): { y: FloatArray; before: FloatArray; dy: FloatArray }[] {
    const read = formals(line, "read").map((f) => line.args[f]);
    return written(user).flatMap((name) => {
      const dy = read.find((r) => this.plan.tensors.has(`d${name}`) && this.#same(r, `d${name}`));
      if (dy === undefined && name !== "loss") return [];
      const y = this.arrays.get(name) as FloatArray;
      const upstream = dy === undefined ? Float64Array.of(1) : (this.arrays.get(dy)!.slice() as FloatArray);
      return [{ y, before: y.slice(), dy: upstream }];
    });
  }

  /** What `line` writes into `d` + `tensor`, against differences. */
  check(line: BoundCall, tensor: string): Comparison {
    const users = this.users(tensor).map((call) => ({ call, outputs: this.#upstream(call, line) }));
    this.run(line);
    const gradient = this.arrays.get(`d${tensor}`)!.slice();
    const x = this.arrays.get(tensor)!;
    // L minus its value at the unchanged x. Each call keeps its other inputs.
    const change = () => {
      let sum = 0;
      for (const { call, outputs } of users) {
        this.run(call);
        for (const { y, before, dy } of outputs) {
          for (let i = 0; i < y.length; i++) sum += dy[i] * (y[i] - before[i]);
          y.set(before);
        }
      }
      return sum;
    };
    const positive = users.some(({ call }) =>
      formals(call, "read").some(
        (f) => this.#same(call.args[f], tensor) && call.op.bindings[f].domain === "positive",
      ),
    );
    const indices = someIndices(x.length, TRIED, x.length);
    const want = indices.map((i) => {
      const before = x[i];
      // Where x may only be positive, in proportion to it: 1/x and ln x bend the more the closer they are to 0, and probs are small.
      const step = positive ? STEP * before : STEP;
      x[i] = before + step;
      const above = change();
      x[i] = before - step;
      const below = change();
      x[i] = before;
      return (above - below) / (2 * step);
    });
    let largest = 1e-3;
    for (const g of gradient) largest = Math.max(largest, Math.abs(g));
    const got = indices.map((i) => gradient[i]);
    const comparison = compareTensors(`d${tensor}`, got, want, { rtol: 0, atol: SHARE * largest });
    return { ...comparison, worstIndex: indices[comparison.worstIndex] };
  }
}

/** Every gradient that the plan's lines make, with the line: `dC`, …; a window into an arena under its own name. */
const gradients = (plan: Plan): { tensor: string; line: BoundCall }[] =>
  plan.calls.flatMap((line) =>
    written(line)
      .filter((name) => plan.tensors.get(name)!.role === "gradient")
      .map((name) => ({ tensor: name.slice(1), line })),
  );

const show = (s: Sizes): string => Object.values(s).join(" × ");

/** Operations of the plans that train: in a learner's plan they need not be differentiated once more. */
const proven: ReadonlySet<Op> = new Set(
  PATHS.flatMap((path) => stepPlan(SIZES[0], path, { update: false }).calls.map(({ op }) => op)),
);

interface Differentiated {
  readonly name: string;
  /** Without its update. */
  readonly planOf: (s: Sizes) => Plan;
  /** Absent if every line is. */
  readonly tried?: (line: BoundCall) => boolean;
}

const PLANS: readonly Differentiated[] = [
  ...PATHS.map((path) => ({ name: path, planOf: (s: Sizes) => stepPlan(s, path, { update: false }) })),
  {
    name: "learners'",
    planOf: (s) => {
      const plan = referencePlan(s);
      return { ...plan, calls: plan.calls.filter(({ op }) => op !== sgd.step) };
    },
    tried: ({ op }) => !proven.has(op),
  },
];

describe.each(PLANS)("the $name plan", ({ planOf, tried = () => true }) => {
  describe.each(SIZES.map((s) => ({ sizes: show(s), s })))("at $sizes", ({ s }) => {
    const plan = planOf(s);
    const lines = gradients(plan).filter(({ line }) => tried(line));
    it.each(lines.map(({ tensor, line }) => ({ tensor, op: line.op.name, line })))(
      "d$tensor by $op",
      ({ tensor, line }) => {
        const comparison = new Lines(plan, 7).check(line, tensor);
        expect(comparison.ok, explain(comparison)).toBe(true);
      },
    );
  });

  it("differentiates every operation by every input that is a number", () => {
    const plan = planOf(SIZES[0]);
    const lines = new Lines(plan, 7);
    const closed = new Set(
      gradients(plan).flatMap(({ tensor }) =>
        lines.users(tensor).map((c) => `${c.op.name} ${plan.calls.indexOf(c)}`),
      ),
    );
    const isForward = (c: BoundCall) => !written(c).every((t) => plan.tensors.get(t)!.role === "gradient");
    expect(plan.calls.filter(isForward).map((c) => `${c.op.name} ${plan.calls.indexOf(c)}`)).toEqual(
      expect.arrayContaining([...closed]),
    );
    expect(closed.size).toBe(plan.calls.filter(isForward).length);
  });
});

describe("a wrong line is seen:", () => {
  /** The plan with another twin of an operation. */
  const wrong = (path: (typeof PATHS)[number], of: Op, twin: Op["twin"]): Lines => {
    const plan = stepPlan(SIZES[1], path, { update: false });
    const calls = plan.calls.map((c) => (c.op === of ? { ...c, op: { ...c.op, twin } } : c));
    return new Lines({ ...plan, calls }, 7);
  };
  const verdict = (lines: Lines, tensor: string) =>
    lines.check(gradients(lines.plan).find((g) => g.tensor === tensor)!.line, tensor);

  it("BatchNorm's backward without its last term", () => {
    const op: Op = batchnormTanh.backward;
    // Equal numbers have no distance from their mean.
    const twin: Op["twin"] = (t, d) => op.twin({ ...t, x: new Float64Array(t.x.length) }, d);
    expect(verdict(wrong("fused", op, twin), "hprebn").ok).toBe(false);
  });

  it("dcounts without its second path", () => {
    const op: Op = elementwise.scaleShiftColumn;
    const twin: Op["twin"] = (t, d) => op.twin({ ...t, b: new Float64Array(t.b.length) }, d);
    expect(verdict(wrong("chunked", op, twin), "counts").ok).toBe(false);
  });
});
