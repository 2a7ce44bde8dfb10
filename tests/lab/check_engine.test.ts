/** The board and the inspection: on the CPU, on a device, and on a machine with a mistake in it. */
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import {
  type Board,
  inspectTensor as inspectWithCall,
  runBoard as runUnjudged,
  type StepAt,
} from "../../src/lab/check/engine.ts";
import { type Explanation, explain } from "../../src/lab/check/explain.ts";
import { Judge, type Judging, type Verdict } from "../../src/lab/check/judge.ts";
import { rulesOf } from "../../src/lab/check/rules.ts";
import { summary, withVerdict } from "../../src/lab/check/status.ts";
import { Engine } from "../../src/lab/engine.ts";
import { stepPlan } from "../../src/model/plans.ts";
import { registry } from "../../src/model/registry.ts";
import { CMP, INTERMEDIATES, PARAMETERS } from "../../src/model/tensors.ts";
import type { FloatArray, Kernel } from "../../src/plan/contract.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { size } from "../../src/plan/plan.ts";
import { kernelSource } from "../../src/plan/source.ts";
import { sizesOf, trainConfig } from "../../src/train/config.ts";
import { readStepFile } from "../../src/train/step_file.ts";
import { describeOnGpu } from "../support/device.ts";
import { wrongMachine } from "../support/wrong_machine.ts";

const file = readFileSync(new URL("../fixtures/notebook-h64.safetensors", import.meta.url));
const { step: fixture, expected } = readStepFile(file, "notebook-h64");
const step: StepAt = { ...fixture, at: 0 };

const judge = new Judge();

/** With its verdict, as the page shows it in the end. */
async function runBoard(machine: Machine, step: StepAt): Promise<Board> {
  const { board, values } = await runUnjudged(machine, step);
  return board.unjudged === undefined
    ? withVerdict(board, await judge.board(step, "chunked", values))
    : board;
}

const inspectTensor = async (machine: Machine, step: StepAt, name: string) =>
  (await inspectWithCall(machine, step, name)).inspection;

/** What the page says of a tensor in the end. */
async function explained(machine: Machine, step: StepAt, name: string, board?: Board): Promise<Explanation> {
  const on = board ?? (await runBoard(machine, step));
  const { inspection, call } = await inspectWithCall(machine, step, name);
  const operation = call && (await judge.operation(step.sizes, "chunked", call.index, call.values));
  return explain(inspection, on, operation);
}

const wrongOf = ({ forward, gradients }: Board) =>
  [...forward, ...gradients].filter((r) => r.within === false).map((r) => r.name);

/** Counts what it compiles. */
function counting(machine: Machine): Machine & { compiled: number } {
  const counted = {
    ...machine,
    compiled: 0,
    compile: (plan: Parameters<Machine["compile"]>[0]) => {
      counted.compiled++;
      return machine.compile(plan);
    },
  };
  return counted;
}

/** A device with one wrong kernel: `change` alters the values of `tensor` after it is made. */
const broken = (tensor: string, change: (values: FloatArray) => void): Machine => ({
  ...wrongMachine((c) => {
    const formal = Object.keys(c.args).find(
      (f) => c.args[f] === tensor && c.op.bindings[f].access === "write",
    );
    if (!formal) return c;
    const twin: typeof c.op.twin = (t, d) => {
      c.op.twin(t, d);
      change(t[formal] as FloatArray);
    };
    return { ...c, op: { ...c.op, twin } };
  }),
  backend: "gpu",
  name: "broken device",
});

function describeBoard(machine: Machine): void {
  it("has the 26 gradients in the notebook's order, all right", async () => {
    const board = await runBoard(machine, step);
    expect(board.gradients.map((r) => r.name)).toEqual(CMP.map((n) => `d${n}`));
    expect(board.forward.map((r) => r.name)).toEqual([...INTERMEDIATES, "loss"]);
    for (const row of [...board.gradients, ...board.forward]) {
      expect(row, row.name).toMatchObject({ approximate: true, within: true });
      expect(row.roundings!, row.name).toBeLessThan(32);
    }
    expect(board).toMatchObject({ at: 0, machine: machine.name, backend: machine.backend });
    expect(board.verdict).toMatchObject({ ok: true, note: undefined, culprit: undefined });
    expect(board.loss).toBeCloseTo(expected.get("loss")![0], 6);
    expect(summary(board)).toMatch(/^✓ All 26 gradients are right, (none|\d+) of them exact: /);
  });

  it("inspects every tensor, and finds nothing but rounding", async () => {
    const board = await runBoard(machine, step);
    for (const { name, shape } of board.graph.nodes) {
      const i = await inspectTensor(machine, step, name);
      expect(i.shape, name).toEqual(shape);
      for (const values of [i.got, i.want, i.float64])
        expect(values.length, name).toBe(shape.reduce((n, a) => n * a, 1));
      const { verdict, sentences } = await explained(machine, step, name, board);
      expect(["given", "exact", "rounding"], `${name}: ${sentences.join(" ")}`).toContain(verdict);
      expect(verdict === "given", name).toBe(i.making === undefined);
      if (verdict === "rounding") expect(sentences.at(-1), name).toMatch(/is right: \S+ of 64 roundings\.$/);
    }
  });

  it("shows the plain kernel, exactly as it is compiled, and the fast one if there is one", async () => {
    for (const [name, hasFast] of [
      ["dhprebn", false],
      ["dW2", true],
    ] as const) {
      const { op: made, dims, kernels } = (await inspectTensor(machine, step, name)).making!;
      const op = registry.find((o) => o.name === made)!;
      const texts = (list?: readonly Kernel[]) => list?.map((k) => kernelSource(op, dims, k));
      expect(kernels.plain!.map((k) => k.wgsl)).toEqual(texts(op.plain!(dims)));
      expect(kernels.fast?.map((k) => k.wgsl)).toEqual(texts(op.fast?.(dims, machine.target)));
      expect(kernels.fast !== undefined, name).toBe(hasFast);
    }
    const { making } = await inspectTensor(machine, step, "dhprebn");
    expect(making!.kernels.plain![0].wgsl).toContain("const R = 32u; const C = 64u;");
  });
}

describe("on the CPU", () => {
  describeBoard(cpuMachine());

  it("compiles once for all boards and inspections of one size, and again for another", async () => {
    const machine = counting(cpuMachine());
    await runBoard(machine, step);
    await inspectTensor(machine, step, "dh");
    await runBoard(machine, { ...step, at: 1 });
    expect(machine.compiled).toBe(1);
    const sizes = { ...step.sizes, batch: 5 };
    const Xb = step.Xb.slice(0, 5 * sizes.context);
    const smaller = { ...step, sizes, Xb, Yb: step.Yb.slice(0, 5) };
    expect((await inspectTensor(machine, smaller, "dh")).shape).toEqual([5, 64]);
    expect(machine.compiled).toBe(2);
  });

  it("answers about the right step, also when asked about two at once", async () => {
    const machine = cpuMachine();
    const other = { ...step, at: 7, Yb: step.Yb.map((y) => (y + 1) % step.sizes.vocabulary) };
    const [a, b, again] = await Promise.all([
      runBoard(machine, step),
      runBoard(machine, other),
      inspectTensor(machine, step, "loss"),
    ]);
    expect([a.at, b.at]).toEqual([0, 7]);
    expect(a.loss).not.toBe(b.loss);
    expect(again.got[0]).toBe(a.loss);
  });

  it("refuses a tensor that the step does not have, and goes on", async () => {
    const machine = cpuMachine();
    await expect(inspectTensor(machine, step, "parameters")).rejects.toThrow('no tensor "parameters"');
    expect((await inspectTensor(machine, step, "W1")).got).toEqual(step.parameters.W1);
  });
});

describeOnGpu("on a device", ({ device, name }) => describeBoard(gpuMachine(device, name)));

describe("with a mistake in one kernel", () => {
  const machine = broken("dbndiff", (values) => {
    values[7] *= 1.01;
  });

  it("names the operation, and does not blame those before it", async () => {
    const board = await runBoard(machine, step);
    const wrong = wrongOf(board);
    expect(wrong).toContain("dbndiff");
    expect(wrong).toContain("dW1");
    expect(wrong).not.toContain("dbnraw");
    const row = board.gradients.find((r) => r.name === "dbndiff")!;
    expect(row.worst.index).toEqual([0, 7]);
    expect(row.roundings).toBeGreaterThan(64);
    expect(board.verdict).toMatchObject({
      ok: false,
      culprit: { op: "elementwise.difference_backward", tensor: "dbndiff", index: 7 },
    });
    expect(summary(board)).toMatch(/^✗ \d+ tensors are wrong, dbndiff, /);
  });

  it.each([
    ["dbndiff", "suspect", "The mistake is in this operation"],
    ["dhprebn", "suspect", "came in with an input"],
    ["dbnraw", "rounding", "That is rounding"],
  ])("tells of %s that it is %s", async (name, verdict, says) => {
    const found = await explained(machine, step, name);
    expect(found.verdict).toBe(verdict);
    expect(found.sentences.join(" ")).toContain(says);
  });
});

it("tells rounding that torch.allclose refuses from a mistake", async () => {
  // Some of the last bits of the tensor's largest values, in an element that is nearly 0.
  const off = (by: number) =>
    broken("dC", (values) => {
      const sizes = Float32Array.from(values, (x) => Math.abs(x) || Number.POSITIVE_INFINITY);
      values[sizes.indexOf(Math.min(...sizes))] += by;
    });
  const board = await runBoard(off(2e-8), step);
  expect(board.gradients.filter((r) => !r.approximate).map((r) => r.name)).toEqual(["dC"]);
  expect([wrongOf(board), board.verdict?.culprit]).toEqual([[], undefined]);
  expect(summary(board)).toMatch(/^✓ All 26/);
  const [rounding, torch] = rulesOf(
    await inspectTensor(off(2e-8), step, "dC"),
    board.gradients.find((r) => r.name === "dC")!,
  );
  expect(rounding).toMatchObject({ failed: false, verdict: expect.stringMatching(/^right: \S+ roundings$/) });
  expect(rounding.off).toBeLessThan(rounding.allowed);
  expect(torch).toMatchObject({ rule: "at most 1e−8 + 1e−5 · |want|", failed: true });
  expect(torch.verdict).toMatch(/^not approximate: \S+ too far$/);
  expect(torch.off).toBeGreaterThan(torch.allowed);
  expect(wrongOf(await runBoard(off(2e-6), step))).toEqual(["dC"]);
});

describe("before the verdict", () => {
  it("has the notebook's columns, and calls nothing right or wrong", async () => {
    const machine = cpuMachine();
    const { board } = await runUnjudged(machine, step);
    const judged = await runBoard(machine, step);
    for (const [i, row] of board.gradients.entries()) {
      const { exact, approximate, maxdiff, shape } = judged.gradients[i];
      expect(row).toMatchObject({ exact, approximate, maxdiff, shape });
      expect([row.within, row.roundings]).toEqual([undefined, undefined]);
    }
    expect(summary(board)).toMatch(/^… 26 of 26 gradients are approximate, .* the verdict is being computed/);
    const { verdict } = explain(await inspectTensor(machine, step, "dW1"), board);
    expect(verdict).toBe("pending");
  });

  it("may stay without one, and says why", async () => {
    const machine = cpuMachine();
    const board = { ...(await runUnjudged(machine, step)).board, unjudged: "it needs too much memory" };
    expect(summary(board)).toMatch(/^– No verdict: it needs too much memory\. 26 of 26/);
    const { verdict, sentences } = explain(await inspectTensor(machine, step, "dW1"), board);
    expect([verdict, sentences[0]]).toEqual(["left", "There is no verdict: it needs too much memory."]);
  });
});

describe("the judge", () => {
  it("samples once for equal steps", async () => {
    const { values } = await runUnjudged(cpuMachine(), step);
    const judge = new Judge();
    const milliseconds = async (s: StepAt): Promise<number> => {
      const start = performance.now();
      expect((await judge.board(s, "chunked", values)).ok).toBe(true);
      return performance.now() - start;
    };
    const first = await milliseconds(step);
    const copy = { ...step, parameters: { ...step.parameters, W1: step.parameters.W1.slice() } };
    expect(await milliseconds(copy)).toBeLessThan(first / 2);
  });

  it("samples anew for another step", async () => {
    const other = { ...step, Yb: step.Yb.map((y) => (y + 1) % step.sizes.vocabulary) };
    const { values } = await runUnjudged(cpuMachine(), other);
    const judge = new Judge();
    await judge.board(step, "chunked", values);
    expect((await judge.board(other, "chunked", values)).ok).toBe(true);
  });
});

describe("the page's engine", () => {
  const config = trainConfig({ hidden: 16, batch: 8, steps: 60 });
  const opened = async (judge?: Judging): Promise<Engine> => {
    const engine = new Engine(judge);
    await engine.open("cpu");
    await engine.useWords("bundled", config);
    await engine.prepare(config);
    return engine;
  };

  it("shows a board, trains and inspects while the verdict is not there", async () => {
    let judged = (_: Verdict) => {};
    const verdict = new Promise<Verdict>((resolve) => {
      judged = resolve;
    });
    const engine = await opened({
      board: () => verdict,
      operation: async () => undefined,
      difference: async () => undefined,
      close: () => {},
    });
    const board = await engine.board(config);
    expect([board.at, board.verdict]).toEqual([0, undefined]);
    expect(await engine.run(10)).toEqual({ step: 10, done: false });
    expect((await engine.inspect("dh")).at).toBe(0);
    judged({ rows: [], ok: true });
    expect(await engine.verdict()).toEqual({ rows: [], ok: true });
    await engine.close();
  });

  it("judges the last board, and the operation of the last tensor", async () => {
    const engine = await opened();
    expect([await engine.verdict(), await engine.operation()]).toEqual([undefined, undefined]);
    await engine.board(config);
    expect(await engine.verdict()).toMatchObject({ ok: true });
    await engine.inspect("dhprebn");
    expect(await engine.operation()).toMatchObject({ tensor: "dhprebn", within: true });
    await engine.inspect("W1");
    expect(await engine.operation()).toBeUndefined();
    await engine.close();
  });

  it("shows a board whose samples need too much memory, without a verdict", async () => {
    const engine = await opened();
    const plan = stepPlan(sizesOf(config, 27), "chunked", { update: false });
    const bytes = [...plan.tensors.values()].reduce((sum, t) => sum + (t.view ? 0 : 8 * size(t)), 0);
    const memory = vi.spyOn(process, "availableMemory").mockReturnValue(1.5 * bytes);
    expect((await engine.board(config)).gradients).toHaveLength(26);
    await expect(engine.verdict()).rejects.toThrow(
      /^the reference with its rounding needs .* bytes of memory/,
    );
    memory.mockRestore();
    await engine.close();
  });
});

describe("where the notebook's chain overflows in float32", () => {
  // A logit so far below the others that its probability is 0, whose logarithm is not finite.
  const b2 = step.parameters.b2.map((x, i) => (i === step.Yb[0] ? -200 : x));
  const certain: StepAt = { ...step, parameters: { ...step.parameters, b2 } };

  it("says so in a line, leaves those rows out, and judges the others", async () => {
    const board = await runBoard(cpuMachine(), certain);
    expect(board.verdict?.note).toBe(
      "log(0): the unfused chain overflows on these weights; the fused step does not",
    );
    expect(board.verdict?.ok).toBe(true);
    const left = [...board.forward, ...board.gradients].filter((r) => r.within === null).map((r) => r.name);
    expect(left).toContain("logprobs");
    expect(left).not.toContain("logits");
    expect(wrongOf(board)).toEqual([]);
    expect(summary(board)).toMatch(/^✓ 1 of 26 gradients can be judged, and is right: /);
    const { verdict, sentences } = await explained(cpuMachine(), certain, "logprobs", board);
    expect(verdict).toBe("left");
    expect(sentences[0]).toContain("log(0): the unfused chain overflows");
  });
});

describe("the remark on a tensor", () => {
  it.each([
    ["a factor of 0.999", "dW2", (v: FloatArray) => v.set(v.map((x) => x * 0.999))],
    ["one element off", "dW2", (v: FloatArray) => (v[11] += 1e-5)],
    ["a NaN", "dh", (v: FloatArray) => (v[65] = Number.NaN)],
    ["values that ought to cancel", "db1", (v: FloatArray) => v.fill(1e-5)],
  ])("%s is no rounding", async (_, name, change) => {
    const found = await explained(
      broken(name, (v) => void change(v)),
      step,
      name,
    );
    expect(found.verdict).toBe("suspect");
  });

  it("blames no operation for weights that have diverged", async () => {
    const b2 = step.parameters.b2.map(() => Number.NaN);
    const diverged = { ...step, parameters: { ...step.parameters, b2 } };
    const board = await runBoard(cpuMachine(), diverged);
    expect(board.verdict).toBeUndefined();
    expect(summary(board)).toMatch(/^– No verdict: the weights have diverged/);
    const { verdict, sentences } = await explained(cpuMachine(), diverged, "logits", board);
    expect([verdict, sentences[0]]).toEqual(["left", expect.stringContaining("diverged")]);
  });

  it("explains why db1 is far off in ULPs: nothing is left of its terms", async () => {
    const { verdict, sentences } = await explained(cpuMachine(), step, "db1");
    expect(verdict).toBe("rounding");
    expect(sentences[0]).toContain("In exact arithmetic this tensor is 0");
  });

  it("explains a cancelled element among others", async () => {
    const inspection = await inspectTensor(cpuMachine(), step, "hpreact");
    expect(inspection.ulps.max).toBeGreaterThan(64);
    expect((await explained(cpuMachine(), step, "hpreact")).sentences[1]).toContain(
      "here terms nearly cancel",
    );
  });

  it("has nothing to explain where it is exact or given", async () => {
    const board = await runBoard(cpuMachine(), step);
    const verdict = async (name: string) => (await explained(cpuMachine(), step, name, board)).verdict;
    expect(await verdict("emb")).toBe("exact");
    for (const name of PARAMETERS) expect(await verdict(name)).toBe("given");
  });
});
