/** The check at every level of fusion: the rows it has, the kernels it shows, and what a fused operation takes the place of. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { inspectTensor, runBoard, type StepAt } from "../../src/lab/check/engine.ts";
import { Judge } from "../../src/lab/check/judge.ts";
import { levelGraph, replacedBy } from "../../src/lab/check/levels.ts";
import { judgedText, summary, withVerdict } from "../../src/lab/check/status.ts";
import { unrolledNames } from "../../src/lab/check/unrolled.ts";
import { FUSED } from "../../src/model/fused.ts";
import { ALL_PATHS, type AnyPath, stepPlan } from "../../src/model/plans.ts";
import { phasesOf } from "../../src/model/single/phases.ts";
import { kernelsOf } from "../../src/plan/contract.ts";
import { kernelSource } from "../../src/plan/source.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";
import { check } from "../../src/train/check.ts";
import { TINY, tinyStep } from "../support/tiny_step.ts";

const [plainStep, sizes] = [tinyStep(), TINY];
const at = (level: AnyPath): StepAt => ({ ...plainStep, at: 0, level });
const machine = cpuMachine();

describe.each(ALL_PATHS)("the %s level", (level) => {
  it("has the command line's rows, all right", async () => {
    const { board: unjudged, values } = await runBoard(machine, at(level));
    const board = withVerdict(unjudged, await new Judge().board(plainStep, level, values));
    const { rows } = await check(machine, plainStep, { path: level });
    expect(board.gradients).toEqual(rows);
    expect(board.forward.at(-1)!.name).toBe("loss");
    expect(board.verdict?.ok).toBe(true);
    expect(summary(board)).toMatch(
      `✓ All ${{ chunked: 26, fused: 12, single: 7 }[level]} gradients are right`,
    );
    expect(judgedText(board)).toContain(level === "single" ? "the whole step as one" : `the ${level} step's`);
  });

  it("opens every tensor of its graph, and no other", async () => {
    const { nodes } = levelGraph(sizes, level);
    for (const { name, shape } of nodes) {
      const { inspection, call } = await inspectTensor(machine, at(level), name);
      expect([inspection.shape, inspection.got.length], name).toEqual([
        shape,
        shape.reduce((n, a) => n * a, 1),
      ]);
      expect(call === undefined, name).toBe(level === "single" || inspection.making === undefined);
    }
    // The whole step's kernel leaves gradients where the parameters were.
    expect((await inspectTensor(machine, at(level), "W1")).inspection.got).toEqual(plainStep.parameters.W1);
    const missing = level === "chunked" ? "dnothing" : "dcounts";
    await expect(inspectTensor(machine, at(level), missing)).rejects.toThrow(`no tensor "${missing}"`);
  });
});

it("runs another plan than the level's where it is given one, against the level's own reference", async () => {
  const right = stepPlan(sizes, "chunked", { update: false });
  const calls = right.calls.map((c) => {
    if (c.args.y !== "dcounts_sum") return c;
    const twin: typeof c.op.twin = (t, d) => {
      c.op.twin(t, d);
      for (let i = 0; i < t.y.length; i++) t.y[i] *= -1;
    };
    return { ...c, op: { ...c.op, twin } };
  });
  const { board, values } = await runBoard(machine, { ...at("chunked"), plan: { ...right, calls } });
  const verdict = await new Judge().board(plainStep, "chunked", values);
  expect(verdict.culprit?.tensor).toBe("dcounts_sum");
  expect(withVerdict(board, verdict).gradients.find((r) => r.name === "dcounts_sum")!.within).toBe(false);
});

it("knows the chunked operations that exercises 2 and 3 take the place of", () => {
  const calls = stepPlan(sizes, "fused", { update: false }).calls;
  const chain = (op: string) => {
    const c = calls.find((call) => call.op.name === op)!;
    return replacedBy(c, sizes, ANY_DEVICE).flatMap((r) => r.makes);
  };
  expect(chain("cross_entropy.fused")).toEqual(
    (
      "logit_maxes logit_argmax norm_logits counts counts_sum counts_sum_inv probs logprobs loss " +
      "dlogprobs dprobs dcounts_sum_inv dcounts_sum dcounts dnorm_logits dlogit_maxes dlogits"
    ).split(" "),
  );
  expect(chain("linear.backward")).toEqual(["dh", "dW2", "db2"]);
  expect(chain("batchnorm_tanh.backward")).toEqual(
    "dhpreact dbngain dbnbias dbnraw dbnvar_inv dbnvar dbndiff2 dbndiff dbnmeani dhprebn".split(" "),
  );
  expect(chain("batchnorm_tanh.forward")).toEqual(
    "bnmeani bndiff bndiff2 bnvar bnvar_inv bnraw hpreact h".split(" "),
  );
  expect(chain("linear.forward")).toEqual([]);
  // Their lines name only tensors that the fused step has.
  const names = new Set(levelGraph(sizes, "fused").nodes.map((n) => n.name));
  const chunked = new Set(levelGraph(sizes, "chunked").nodes.map((n) => n.name));
  for (const { torch } of Object.values(FUSED))
    for (const word of torch.match(/[A-Za-z_]\w*/g)!)
      if (chunked.has(word)) expect(names, torch).toContain(word);
});

it("says why a level does not take these sizes", async () => {
  const hidden = 600;
  expect(() => levelGraph({ ...TINY, hidden }, "single")).toThrow(
    /^no single path: batch 4 × hidden 600 makes/,
  );
});

describe("the whole step's text", () => {
  it.each([
    ["default sizes", 32, 64, 1],
    ["a subgroup of four", 32, 64, 4],
    ["several blocks of rows", 100, 64, 1],
    ["a small network", 8, 16, 8],
  ])("is cut into all its phases: %s", (_, batch, hidden, lanes) => {
    const s = { vocabulary: 27, context: 3, embedding: 10, hidden, batch };
    for (const update of [false, "sgd"] as const) {
      const [c] = stepPlan(s, "single", { update }).calls;
      const [kernel] = kernelsOf(c.op, c.dims, { rung: "fast", target: { lanes, workgroupBytes: 16384 } });
      const wgsl = kernelSource(c.op, c.dims, kernel);
      const phases = phasesOf(wgsl);
      expect(phases).toHaveLength(13);
      const lines = (text: string) => text.split("\n").filter((line) => line !== "");
      expect(phases.flatMap((p) => lines(p.text))).toEqual(lines(wgsl));
      for (const { line, text } of phases) expect(wgsl.split("\n")[line - 1]).toBe(text.split("\n")[0]);
      expect(phases[7].text).toContain("rowLoss[");
    }
  });

  it("numbers names, which are found with what they stand for", () => {
    const text =
      "let v = vec4f(); // a0 a1 a2\nsum0 += x; sum1 += x; sum2 += left3_1; let left0_0 = left1_0; h2 = h2;";
    expect(unrolledNames(text).map((f) => f.names)).toEqual(["sum0 … sum2", "left0_0 … left3_1"]);
    expect(unrolledNames(text)[0].meaning).toContain("outputs");
  });
});
