/**
 * All 26 gradients of the chunked plan against central differences of the loss, in float64: an element of a tensor
 * is nudged after it was made, everything after it in the forward pass runs again, and the loss gives the difference.
 */
import { describe, expect, it } from "vitest";
import { stepPlan } from "../../src/model/plans.ts";
import { CMP, type CmpName, PARAMETERS, type Sizes } from "../../src/model/tensors.ts";
import { type Plan, storage } from "../../src/plan/plan.ts";
import { type HostTensors, hostTensors, replayer } from "../../src/plan/replay.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { someIndices } from "../support/random.ts";

/** A plan's tensors in float64, and the means to run any stretch of its calls. */
class Replay {
  readonly tensors: HostTensors;
  readonly #plan: Plan;
  /** Position after the call that makes the loss: what follows is the backward pass. */
  readonly #forward: number;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.tensors = hostTensors(plan, Float64Array);
    this.#forward = 1 + plan.calls.findIndex((c) => Object.values(c.args).includes("loss"));
  }

  run(from = 0, to = this.#plan.calls.length): void {
    replayer({ calls: this.#plan.calls.slice(from, to) }, this.tensors)();
  }

  /** The loss of what the tensors now hold, from call `from` on. */
  loss(from: number): number {
    this.run(from, this.#forward);
    return this.tensors.get("loss")![0];
  }

  /** Position after the call that writes this tensor or the storage it is a view of; 0 for a parameter. */
  madeBefore(name: string): number {
    const { tensors, calls } = this.#plan;
    const { root } = storage(tensors, name);
    return (
      1 +
      calls.findIndex((c) =>
        Object.entries(c.args).some(
          ([formal, t]) =>
            c.op.bindings[formal].access !== "read" && storage(tensors, t).root.name === root.name,
        ),
      )
    );
  }
}

/** A step at its start: parameters of the notebook's magnitudes, a random minibatch, both passes run once. */
function prepare(sizes: Sizes, seed: number): Replay {
  const replay = new Replay(stepPlan(sizes, "chunked", { update: false }));
  const g = new TorchGenerator(seed);
  for (const name of PARAMETERS) {
    const p = replay.tensors.get(name)!;
    const [mean, scale] = name === "C" ? [0, 1] : name === "bngain" ? [1, 0.3] : [0, 0.5];
    p.set(g.randn(p.length).map((z) => mean + scale * z));
  }
  for (const name of ["Xb", "Yb"]) {
    const tokens = replay.tensors.get(name)!;
    tokens.set(g.randint(sizes.vocabulary, tokens.length));
  }
  replay.run();
  return replay;
}

const networks: { sizes: Sizes; tried: number }[] = [
  { sizes: { vocabulary: 5, embedding: 3, context: 2, hidden: 7, batch: 6 }, tried: 64 },
  { sizes: { vocabulary: 31, embedding: 7, context: 5, hidden: 53, batch: 19 }, tried: 12 },
  { sizes: { vocabulary: 2, embedding: 1, context: 1, hidden: 1, batch: 3 }, tried: 64 },
];

describe.each(networks)("$sizes", ({ sizes, tried }) => {
  const replay = prepare(sizes, 3);

  it.each(CMP)("d%s", (name: CmpName) => {
    const x = replay.tensors.get(name)!;
    const gradient = replay.tensors.get(`d${name}`)!;
    const from = replay.madeBefore(name);
    const indices = someIndices(x.length, tried, x.length);
    const scale = Math.max(...Array.from(x, Math.abs));
    const want = indices.map((i) => {
      const before = x[i];
      // In proportion to the value, since 1/x and log x curve at that scale, but not to one that is nearly zero.
      const step = 1e-5 * Math.max(Math.abs(before), 0.1 * scale);
      const nudged = (by: number) => {
        x[i] = before + by;
        const loss = replay.loss(from);
        x[i] = before;
        return loss;
      };
      return (nudged(step) - nudged(-step)) / (2 * step);
    });
    replay.loss(from);

    const got = indices.map((i) => gradient[i]);
    const largest = Math.max(...Array.from(gradient, Math.abs), 1e-3);
    const comparison = compareTensors(`d${name}`, got, want, { rtol: 0, atol: 1e-6 * largest });
    const worst = { ...comparison, worstIndex: indices[comparison.worstIndex] };
    expect(worst.ok, explain(worst)).toBe(true);
    // The maxima are subtracted only to keep exp in range: the loss does not depend on them.
    if (name === "logit_maxes") expect(Math.max(...want.map(Math.abs))).toBeLessThan(1e-9);
  });
});
