/** The graph of a step, read off its plan, and where its tensors are drawn. */
import { describe, expect, it } from "vitest";
import { arrow, FOUR, TWO } from "../../src/lab/check/geometry.ts";
import { beginnings, stepGraph } from "../../src/lab/check/graph.ts";
import { placeInFour, placeInTwo } from "../../src/lab/check/places.ts";
import { stepPlan } from "../../src/model/plans.ts";
import { CMP, PARAMETERS } from "../../src/model/tensors.ts";

const sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };
const graph = stepGraph(stepPlan(sizes, "chunked"));
const sources = (to: string) => graph.edges.filter((e) => e.to === to).map((e) => e.from);
const targets = (from: string) => graph.edges.filter((e) => e.from === from).map((e) => e.to);

describe("the chunked step's graph", () => {
  it("has every tensor of the notebook, its gradient, the minibatch and the loss, once", () => {
    const names = graph.nodes.map((n) => n.name);
    const all = ["Xb", "Yb", "logit_argmax", "loss", ...CMP, ...CMP.map((n) => `d${n}`)];
    expect([...names].sort()).toEqual(all.sort());
  });

  it("knows what tensors are made of, forward, backward and in shared memory", () => {
    expect(sources("hprebn")).toEqual(["embcat", "W1", "b1"]);
    expect(sources("dlogits")).toEqual(["dnorm_logits", "dlogit_maxes", "logit_argmax"]);
    expect(sources("dhprebn")).toEqual(["dbndiff", "dbnmeani"]);
    expect(targets("dlogits")).toEqual(["dh", "dW2", "db2"]);
    expect(sources("dlogprobs")).toEqual(["Yb"]);
    expect(graph.edges.filter((e) => e.op === "view")).toEqual([
      { from: "emb", to: "embcat", op: "view" },
      { from: "dembcat", to: "demb", op: "view" },
    ]);
  });

  it("has no cycle: a tensor stands behind all that it is made of", () => {
    const order = new Map(graph.nodes.map((n, i) => [n.name, i]));
    for (const { from, to } of graph.edges)
      expect(order.get(from), `${from} → ${to}`).toBeLessThan(order.get(to)!);
  });

  it("starts from the minibatch and the parameters alone, and uses every tensor but the last ones", () => {
    const given = graph.nodes.filter((n) => sources(n.name).length === 0).map((n) => n.name);
    expect(given.sort()).toEqual(["Xb", "Yb", ...PARAMETERS].sort());
    const ends = graph.nodes.filter((n) => targets(n.name).length === 0).map((n) => n.name);
    expect(ends.sort()).toEqual(["loss", ...PARAMETERS.map((n) => `d${n}`)].sort());
  });

  it("lists the update separately: each parameter and its gradient", () => {
    expect(graph.updates.map((u) => [u.parameter, u.gradient])).toEqual(PARAMETERS.map((n) => [n, `d${n}`]));
    expect(graph.calls).toBe(44);
  });
});

it("reads the fused plan's graph as well", () => {
  const fused = stepGraph(stepPlan(sizes, "fused"));
  const made = fused.edges
    .filter((e) => e.op === "batchnorm_tanh.backward" && e.to === "dhprebn")
    .map((e) => e.from);
  expect(made.sort()).toEqual(["bngain", "bnvar_inv", "dh", "h", "hprebn"]);
});

describe("the backward pass begins", () => {
  it("at the loss", () => {
    expect(beginnings(graph)).toEqual([{ from: "loss", to: "dlogprobs" }]);
    expect(beginnings(stepGraph(stepPlan(sizes, "fused")))).toEqual([{ from: "loss", to: "dlogits" }]);
  });
});

describe.each(["chunked", "fused"] as const)("the %s step is laid out", (level) => {
  const { nodes, edges } = stepGraph(stepPlan(sizes, level));
  const shown = nodes.map((n) => n.name);

  describe.each([
    ["four columns", placeInFour, FOUR],
    ["two columns", placeInTwo, TWO],
  ] as const)("in %s", (_, place, geometry) => {
    const places = place({ nodes, edges, updates: [], calls: 0 });
    const last = geometry.columns.length - 1;

    it("with a place of its own for each tensor", () => {
      expect([...places.keys()].sort()).toEqual([...shown].sort());
      expect(new Set([...places.values()].map((p) => `${p.column} ${p.row}`)).size).toBe(nodes.length);
      for (const { column } of places.values()) expect(geometry.columns[column]).toBeDefined();
    });
    it("with the forward pass in one column, but for what is made by the way", () => {
      const made = edges.map((e) => e.to).filter((n) => !shown.includes(n.slice(1)) && n !== "dlogits");
      const aside = made.filter((n) => places.get(n)!.column !== (last === 3 ? 1 : 0));
      expect(new Set(aside)).toEqual(new Set(level === "chunked" && last === 3 ? ["logit_argmax"] : []));
    });
    it("downward where it is forward", () => {
      for (const { from, to } of edges) {
        const [a, b] = [places.get(from)!, places.get(to)!];
        const main = last === 3 ? 1 : 0;
        if (a.column === main && b.column === main) expect(b.row, `${from} → ${to}`).toBeGreaterThan(a.row);
      }
    });
    it("with each gradient opposite its tensor", () => {
      for (const n of shown) {
        const [of, gradient] = [places.get(n)!, places.get(`d${n}`)];
        if (gradient) expect(gradient).toEqual({ column: last - of.column, row: of.row });
      }
    });
    it("with every arrow inside its drawing", () => {
      for (const { from, to } of edges) {
        const numbers = arrow(geometry, places.get(from)!, places.get(to)!);
        const [x] = /^M([\d.-]+)/.exec(numbers)!.slice(1).map(Number);
        expect(numbers).not.toContain("NaN");
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(geometry.width);
      }
    });
  });
});
