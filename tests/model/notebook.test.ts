/** The notebook's lines, compared with the plan that they describe; and run in PyTorch. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { stepGraph } from "../../src/lab/check/graph.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";
import { stepPlan } from "../../src/model/plans.ts";
import { withPlan } from "../../src/plan/machine.ts";
import { runStep } from "../../src/train/step.ts";
import { readStepFile } from "../../src/train/step_file.ts";
import { findPython } from "../support/python.ts";

const file = readFileSync(new URL("../fixtures/notebook-h64.safetensors", import.meta.url));
const { step } = readStepFile(file, "notebook-h64");
const plan = stepPlan(step.sizes, "chunked", { update: false });
const { nodes, edges } = stepGraph(plan);
const names = nodes.map((n) => n.name);
const made = names.filter((name) => edges.some((e) => e.to === name));
const sources = (to: string) => edges.filter((e) => e.to === to).map((e) => e.from);

/** The names among `tensors` that a line of PyTorch or a formula mentions, other than as an attribute (`.sum`). */
function mentioned(text: string, tensors: Iterable<string>): string[] {
  const known = new Set(tensors);
  const code = text.replace(/#.*|\\text\{[^}]*\}|\\[a-z]+/g, "");
  return [...new Set(code.match(/(?<![.\w])[A-Za-z][A-Za-z0-9]*(?:_[a-z]+)*/g))].filter((word) =>
    known.has(word),
  );
}

it("has a line for every tensor of the chunked step, and no other", () => {
  expect(Object.keys(NOTEBOOK).sort()).toEqual([...names].sort());
});

it("has its calls in the plan's order, each beside a tensor that it writes", () => {
  const lines = Object.entries(NOTEBOOK).filter(([, line]) => line.call);
  expect(lines.map(([, { call }]) => call!.op.name)).toEqual(plan.calls.map((c) => c.op.name));
  for (const [name, { call }] of lines) {
    const written = Object.keys(call!.args).filter((formal) => call!.op.bindings[formal].access === "write");
    expect(written.map((formal) => call!.args[formal])).toContain(name);
  }
});

describe.each(made)("%s", (name) => {
  const others = (text: string) =>
    mentioned(text, names)
      .filter((n) => n !== name)
      .sort();
  const views = edges.filter((e) => e.op === "view").map((e) => e.to);

  it("is made in PyTorch from what the plan makes it from", () => {
    expect(NOTEBOOK[name].torch).toMatch(new RegExp(`^${name} = `));
    expect(others(NOTEBOOK[name].torch)).toEqual(sources(name).sort());
  });
  it("has a formula with the same sources", () => {
    expect(mentioned(NOTEBOOK[name].formula, names)[0]).toBe(name);
    expect(others(NOTEBOOK[name].formula)).toEqual(sources(name).sort());
    expect(views.includes(name)).toBe(NOTEBOOK[name].torch.includes(".view(n"));
  });
});

it("tells names from attributes, from parts of longer names and from text", () => {
  const known = ["h", "C", "counts", "counts_sum", "dlogits", "n"];
  expect(mentioned("dh = dlogits @ W2.T", known)).toEqual(["dlogits"]);
  expect(mentioned("counts_sum = x.counts(1)", known)).toEqual(["counts_sum"]);
  expect(mentioned(String.raw`counts_{iv} = \exp C_{h} \text{ of dlogits}`, known)).toEqual([
    "counts",
    "C",
    "h",
  ]);
});

const program = `
import json, sys
import torch
import torch.nn.functional as F
given = json.load(sys.stdin)
torch.set_default_dtype(torch.float64)
scope = dict(given["sizes"], torch=torch, F=F, range=range, g=torch.Generator())
scope["Xtr"] = torch.zeros((9, scope["T"]), dtype=torch.int64)
scope["Ytr"] = torch.zeros(9, dtype=torch.int64)
shapes = {}
for name, line in given["given"]:
    exec(line, scope)
    shapes[name] = list(scope[name].shape)
for name, values in given["values"].items():
    dtype = torch.int64 if name in ("Xb", "Yb") else torch.float64
    scope[name] = torch.tensor(values, dtype=dtype).view(shapes[name])
values = {}
for name, line in given["made"]:
    exec(line, scope)
    shapes[name] = list(scope[name].shape)
    values[name] = scope[name].flatten().tolist()
json.dump({"shapes": shapes, "values": values}, sys.stdout)
`;
const python = findPython();
const title = "in PyTorch the lines give every tensor its shape, and its values in float64";
it.skipIf(!python)(python ? title : `${title}: skipped, since no python3 here has torch`, async () => {
  const { vocabulary: V, embedding: E, context: T, hidden: H, batch: n } = step.sizes;
  const given = names.filter((name) => !made.includes(name));
  const lines = (list: string[]) => list.map((name) => [name, NOTEBOOK[name].torch]);
  const parameters = Object.entries(step.parameters).map(([name, v]) => [name, [...v]]);
  const input = JSON.stringify({
    sizes: { V, E, T, H, n },
    // In the notebook's order: Yb is taken with the indices that Xb drew.
    given: lines(given),
    values: { ...Object.fromEntries(parameters), Xb: [...step.Xb], Yb: [...step.Yb] },
    made: lines(made),
  });
  const ran = spawnSync(python!, ["-c", program], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  expect(ran.stderr).toBe("");
  const { shapes, values } = JSON.parse(ran.stdout) as {
    shapes: Record<string, number[]>;
    values: Record<string, number[]>;
  };
  const reference = await withPlan(cpuMachine("float64"), plan, async (executable) => {
    await runStep(executable, step);
    return executable.download(names);
  });
  for (const { name, shape } of nodes) {
    expect(shapes[name], name).toEqual(shape);
    if (!values[name]) continue;
    const float64 = [...reference[name]];
    const scale = Math.max(...float64.map(Math.abs), 1e-6);
    const worst = Math.max(...float64.map((x, i) => Math.abs(x - values[name][i])));
    expect(worst / scale, name).toBeLessThan(1e-10);
  }
});
