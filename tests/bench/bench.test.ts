/** The benchmark: its file, its refusals and its arithmetic. The figures themselves are nobody's promise. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { benchKernel, kernelCases } from "../../bench/kernels.ts";
import { configOf, configsOf, writeProblem } from "../../bench/peers/given.ts";
import { readProblem } from "../../bench/peers/problem.ts";
import { benchPopulations } from "../../bench/populations.ts";
import { populationsText, stepsText } from "../../bench/report.ts";
import { parseShapes } from "../../bench/settings.ts";
import { digits, table } from "../../bench/table.ts";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { countCalls } from "../../src/measure/counting.ts";
import type { Roof } from "../../src/measure/roof.ts";
import { measure, summarize } from "../../src/measure/sampling.ts";
import { cpuWins, differs, type StepRow } from "../../src/measure/steps.ts";
import { registry } from "../../src/model/registry.ts";
import { sgd } from "../../src/ops/index.ts";
import { defineOp, type FloatArray } from "../../src/plan/contract.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { initialState } from "../../src/train/state.ts";
import { describeOnGpu } from "../support/device.ts";
import { dataset } from "../train/data.ts";

const sizes = { vocabulary: 27, context: 3, embedding: 4, hidden: 6, batch: 5 };

describe("the program", () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-bench-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

  const bench = (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ["--import", tsx, main, ...args], { cwd: folder });
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
    });

  it("measures the CPU alone, and writes what it measured", async () => {
    const ran = await bench("--quick", "--backend", "cpu", "--grid", "6x5,7x4", "--json", "out.json");
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain("There is no GPU to compare the CPU with.");
    const result = JSON.parse(readFileSync(join(folder, "out.json"), "utf8"));
    expect(result.environment).toMatchObject({
      adapter: "CPU reference (float32)",
      kind: "cpu",
      node: process.version,
    });
    expect(result).toMatchObject({ quick: true, cpuWins: [] });
    expect(result.steps).toHaveLength(2);
    expect(result).not.toHaveProperty("populations");
    for (const row of result.steps) {
      expect(row).toMatchObject({ path: "cpu", status: "timed", dispatchesPerStep: 0 });
      const { minUs, q1Us, medianUs, q3Us, maxUs, samples, repeats } = row.timing;
      const sorted = [minUs, q1Us, medianUs, q3Us, maxUs];
      expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
      expect(samples).toBeGreaterThan(1);
      expect(repeats).toBeGreaterThan(1);
      expect(row.examplesPerSecond).toBeCloseTo((1e6 * row.batch) / medianUs, 3);
      expect(Math.abs(row.firstLoss - row.firstLossOnCpu)).toBeLessThan(1e-3);
    }
  });

  it.each([
    [["--grid", "64"], '"64" is not hidden x batch, such as 64x32'],
    [["--json", "nowhere/out.json"], "cannot write nowhere/out.json: its folder does not exist"],
    [["--backend", "abacus"], "'abacus' is invalid"],
    [["--hidden", "3"], "--hidden is for --only profile"],
    [["--only", "profile", "--backend", "cpu"], "--backend is cpu, which has no dispatches to profile"],
  ])("refuses %j in a line", async (args, says) => {
    const ran = await bench(...args);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain(says);
    expect(ran.stderr.trim().split("\n")).toHaveLength(1);
  });
});

describeOnGpu("a benchmark of kernels", ({ device }) => {
  const roof: Roof = { rows: [], peakGflopPerSecond: 10, bandwidthGbPerSecond: 10 };
  const effort = { samples: 2, sampleMs: 1, budgetMs: 50 };

  it("times a kernel that is right", async () => {
    const row = await benchKernel(device, { op: sgd.step, dims: { P: 640 }, plans: [] }, roof, effort);
    expect(row).toMatchObject({ op: "sgd.step", status: "timed", flops: 1280, minimumBytes: 7684 });
    expect(row.gflopPerSecond).toBeCloseTo(1.28 / row.timing!.medianUs, 9);
    expect(row.roofShare).toBeCloseTo(7.684 / row.timing!.medianUs / 10, 9);
  });

  it("refuses to time a wrong one", async () => {
    const wrong = defineOp({
      ...sgd.step,
      fast: () => [
        {
          pass: "",
          code: `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
            p[id.x] += coefficients[0] * g[id.x];
          }`,
          grid: [10, 1, 1],
          invocations: 64,
        },
      ],
    });
    const row = await benchKernel(device, { op: wrong, dims: { P: 640 }, plans: [] }, roof, effort);
    expect(row.status).toBe("wrong");
    expect(row.reason).toMatch(/^sgd\.step \(fast, P=640\): p\[\d+\] is /);
    expect(row).not.toHaveProperty("timing");
  });

  it("leaves out a size that the device has not", async () => {
    const row = await benchKernel(device, { op: sgd.step, dims: { P: 2 ** 32 }, plans: [] }, roof, effort);
    expect(row).toMatchObject({ status: "skipped" });
    expect(row.reason).toContain("binds at most");
  });

  it("counts dispatches and submits, and stops counting", async () => {
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: {
        module: device.createShaderModule({ code: "@compute @workgroup_size(1) fn main() {}" }),
      },
    });
    const work = async () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      for (let i = 0; i < 3; i++) pass.dispatchWorkgroups(1);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    };
    const counts = await countCalls(work);
    await work();
    expect(counts).toEqual({ dispatches: 3, submits: 1 });
  });
});

describeOnGpu("a benchmark of populations", () => {
  const shape = { hidden: 3, batch: 4 };
  const effort = { samples: 3, sampleMs: 1, budgetMs: 50 };
  /** The CPU twins, which compile nothing, as a device. `spoil` may change what a run of several networks gives. */
  const fresh = (spoil: (loss: FloatArray) => void = () => {}) => {
    const cpu = cpuMachine();
    const compile: Machine["compile"] = async (plan) => {
      const executable = await cpu.compile(plan);
      const run = executable.run.bind(executable);
      executable.run = async (...args) => {
        const results = await run(...args);
        if ((plan.tensors.get("loss")?.shape[1] ?? 1) > 1) spoil(results.loss as FloatArray);
        return results;
      };
      return executable;
    };
    return { ...cpu, compile, kind: "software" } as const;
  };
  const options = {
    machine: () => fresh(),
    dataset,
    effort,
    networks: [1, 2, 3],
    note: () => {},
    deadline: Number.POSITIVE_INFINITY,
  };

  it("times a network's step and pairs its samples with one network's", async () => {
    const rows = await benchPopulations(options, [shape]);
    expect(rows).toMatchObject([1, 2, 3].map((networks) => ({ ...shape, networks, status: "timed" })));
    expect(rows[0].speedUp).toEqual({ median: 1, least: 1, most: 1 });
    for (const { networks, timing } of rows) expect(timing!.repeats % networks).toBe(0);
    expect(populationsText(rows)).toMatch(/^networks +hidden +batch +µs\/network-step/);
  });

  it("refuses to time one in which a network has other bits than alone", async () => {
    const machine = () =>
      fresh((loss) => {
        loss[1] += 1e-6;
      });
    const rows = await benchPopulations({ ...options, machine, networks: [1, 2] }, [shape]);
    expect(rows).toMatchObject([{ status: "timed" }, { networks: 2, status: "wrong" }]);
    expect(rows[1].reason).toMatch(/^the loss of network 1 at step 0 is [\d.]+, alone it is [\d.]+$/);
    expect(populationsText(rows)).toContain("WRONG, not timed: the loss of network 1");
  });

  it("leaves out what does not fit one workgroup, and what there is no time for", async () => {
    const wide = { hidden: 600, batch: 32 };
    const some = await benchPopulations({ ...options, networks: [2] }, [wide]);
    expect(some).toMatchObject([{ status: "skipped", reason: expect.stringContaining("a workgroup holds") }]);
    const late = await benchPopulations({ ...options, deadline: 0 }, [shape]);
    expect(late.map((row) => row.status)).toEqual(["skipped", "skipped", "skipped"]);
  });
});

describe("a first step", () => {
  const state = initialState(configOf({ hidden: 6, batch: 5 }), dataset.vocabulary.size);
  const stepped = (change: (name: string, update: number) => number) => ({
    loss: 3.3,
    parameters: Object.fromEntries(
      Object.entries(state.parameters).map(([name, p]) => [
        name,
        p.map((x: number, i: number) => x + change(name, 0.01 * Math.sin(i + 1))),
      ]),
    ) as typeof state.parameters,
  });
  const want = stepped((_, update) => update);

  it("may differ from the CPU's by rounding", () => {
    expect(
      differs(
        stepped((_, update) => update * 1.0001 + 1e-8),
        want,
        state,
      ),
    ).toBeUndefined();
  });

  it("is wrong with another loss, or another gradient in any parameter", () => {
    expect(differs({ ...want, loss: 3.31 }, want, state)).toBe("its first loss is 3.31, the CPU's is 3.3");
    expect(differs({ ...want, loss: Number.NaN }, want, state)).toContain("its first loss is NaN");
    for (const name of Object.keys(state.parameters)) {
      const wrong = stepped((n, update) => (n === name ? 1.01 * update : update));
      expect(differs(wrong, want, state)).toMatch(new RegExp(`^its first update of ${name}\\[\\d+\\] is `));
    }
  });
});

it("has every operation of the registry among its kernels", () => {
  const listed = new Set(kernelCases(sizes).map((c) => c.op));
  expect(registry.filter((op) => !listed.has(op))).toEqual([]);
});

describe("the arithmetic", () => {
  it("reports medians, quartiles and extremes of one repeat", () => {
    expect(summarize([5, 1, 3, 2, 4], 10)).toEqual({
      minUs: 100,
      q1Us: 200,
      medianUs: 300,
      q3Us: 400,
      maxUs: 500,
      samples: 5,
      repeats: 10,
    });
  });

  it("repeats until a sample is long enough", async () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    const asked: number[] = [];
    const timing = await measure(
      async (repeats) => {
        asked.push(repeats);
        now += 0.05 * repeats;
      },
      { samples: 3, sampleMs: 4, budgetMs: 1000 },
    );
    clock.mockRestore();
    expect(timing).toMatchObject({ samples: 3, repeats: 96 });
    expect(timing.medianUs).toBeCloseTo(50, 6);
    expect(asked).toEqual([1, 1, 10, 96, 96, 96, 96]);
  });

  it("says where the CPU wins", () => {
    const row = (path: StepRow["path"], hidden: number, us: number): StepRow => ({
      hidden,
      batch: 32,
      path,
      status: "timed",
      timing: summarize([us / 1000], 1),
      examplesPerSecond: 1,
      dispatchesPerStep: 1,
      submitsPerStep: 1,
      minimumBytesPerStep: 1,
      compileMs: 1,
    });
    const rows = [row("cpu", 64, 100), row("fused", 64, 200), row("cpu", 200, 400), row("fused", 200, 300)];
    expect(cpuWins(rows).map((w) => [w.row.hidden, w.best.path])).toEqual([[64, "fused"]]);
    expect(stepsText(rows)).toContain("hidden 64, batch 32: 100 µs against 200 µs (fused)");
  });

  it("reads sizes and writes numbers", () => {
    expect(parseShapes("64x32, 200x32")).toEqual([
      { hidden: 64, batch: 32 },
      { hidden: 200, batch: 32 },
    ]);
    expect(() => parseShapes("64x1")).toThrow("at least 2 examples");
    expect([0, 0.02134, 4.1, 617.4, 354000].map(digits)).toEqual(["0", "0.0213", "4.10", "617", "354,000"]);
    expect(
      table(
        ["op", "µs"],
        [
          ["a", "1"],
          ["bb", "10"],
        ],
      ),
    ).toBe("op  µs\n--  --\na    1\nbb  10");
  });
});

it("gives the peers the problem of many networks, the first of which is that of one", () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-peers-"));
  const config = configOf({ hidden: 3, batch: 4 });
  const [one, three] = [1, 3].map((networks) => {
    const file = join(folder, `${networks}.safetensors`);
    writeProblem(file, configsOf(config, networks), dataset);
    return { file, problem: readProblem(file) };
  });
  expect(three.problem).toEqual({ ...one.problem, networks: 3 });
  const { W1 } = initialState(configsOf(config, 3)[2], dataset.vocabulary.size).parameters;
  const stored = readSafetensors(readFileSync(three.file)).tensors.get("W1")!;
  expect(stored.shape).toEqual([3, 30, 3]);
  expect(stored.data.slice(-W1.length)).toEqual(W1);
  rmSync(folder, { recursive: true, force: true });
});
