/** The script for a GPU: its order, limits and summary, with programs that stand in for its parts. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as figures from "../../bench/gpu/figures.ts";
import { partsOf } from "../../bench/gpu/parts.ts";
import { type Part, type Result, runParts } from "../../bench/gpu/runner.ts";
import { summaryText, writeSummary } from "../../bench/gpu/summary.ts";
import { crossing } from "../../bench/gpu/sweep_paths.ts";
import { bestOf } from "../../bench/gpu/sweep_step.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-gpu-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fake = (name: string, code: string, more: Partial<Part> = {}): Part => ({
  name,
  seconds: 10,
  command: [process.execPath, "-e", code],
  figures: ({ json }) => [`found ${json.found}`],
  ...more,
});

async function run(parts: readonly Part[], signal = new AbortController().signal) {
  const heard: string[] = [];
  const results = await runParts(parts, {
    folder,
    cwd: folder,
    env: process.env,
    signal,
    onStart: ({ name }) => heard.push(`start ${name}`),
    onResult: ({ part, ended }) => heard.push(`${part} ${ended}`),
  });
  return { heard, results };
}

const running = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // One that nobody has waited for yet has ended too.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

describe("the script for a GPU", () => {
  it("goes on whatever becomes of a part, and keeps what each wrote", async () => {
    // It has a child of its own, which must not live on either.
    const endless = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
      console.log(child.pid);
      setInterval(() => {}, 1e6);`;
    const { heard, results } = await run([
      fake("file", `require("node:fs").writeFileSync("file.json", '{"found": 1}'); console.log("text")`),
      fake("broken", `console.error("oh"); process.exit(3)`),
      fake("absent", "", { whyNot: () => "there is none" }),
      fake("endless", endless, { seconds: 0.5 }),
      fake("nowhere", "", { command: ["no-such-program-anywhere"] }),
      fake("lines", `console.log("{}"); console.log('{"found": 2}'); console.error("aside")`, {
        printsJson: true,
      }),
    ]);
    expect(heard).toEqual([
      ...["start file", "file ok", "start broken", "broken failed", "absent left out"],
      ...["start endless", "endless out of time", "start nowhere", "nowhere failed"],
      ...["start lines", "lines ok"],
    ]);
    expect(results.map(({ figures }) => figures)).toEqual([["found 1"], [], [], [], [], ["found 2"]]);
    expect(results[1].why).toBe("exit code 3; the last line is: oh");
    expect(results[2]).toMatchObject({ why: "there is none", seconds: 0 });
    expect(results[3].seconds).toBeGreaterThan(0.4);
    expect(results[3].seconds).toBeLessThan(3);
    expect(results[4].why).toMatch(/no-such-program-anywhere ENOENT/);
    const text = (name: string) => readFileSync(join(folder, name), "utf8");
    expect([text("file.txt"), text("broken.txt"), text("lines.txt")]).toEqual(["text\n", "oh\n", "aside\n"]);
    if (process.platform === "linux") expect(running(Number(text("endless.txt")))).toBe(false);
  });

  it("stops at once when it is asked to", async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 300);
    const { results } = await run(
      [fake("long", "setInterval(() => {}, 1e6)"), fake("next", "")],
      stopping.signal,
    );
    expect(results.map(({ ended, why }) => `${ended}: ${why}`)).toEqual([
      "failed: stopped",
      "left out: the script was stopped",
    ]);
    expect(results[0].seconds).toBeLessThan(5);
  });

  it("sums up what there is so far", () => {
    const environment = {
      date: "2026-11-26T00:00:00.000Z",
      adapter: "a GPU",
      kind: "hardware",
      node: "v20",
      platform: "linux x64",
      cpu: "a processor",
      cores: 2,
      version: "0",
      webgpu: "0",
    } as const;
    const result = (part: string, ended: Result["ended"], more: Partial<Result> = {}): Result => ({
      part,
      limit: 20,
      seconds: 1.25,
      ended,
      figures: [],
      ...more,
    });
    const summary = {
      environment,
      quick: false,
      seconds: 2.4,
      parts: [
        result("doctor", "ok", { figures: ["68 of 68", "and more"] }),
        result("steps", "failed", { why: "exit code 1" }),
      ],
    };
    expect(summaryText(summary).split("\n").slice(-7)).toEqual([
      "part      s  limit  ended   found",
      "------  ---  -----  ------  -----------",
      "doctor  1.3     20  ok      68 of 68",
      "                            and more",
      "steps   1.3     20  failed  exit code 1",
      "",
      "2 parts in 2 s",
    ]);
    writeSummary(folder, summary);
    expect(JSON.parse(readFileSync(join(folder, "summary.json"), "utf8"))).toEqual(summary);
    expect(readFileSync(join(folder, "summary.txt"), "utf8")).toBe(`${summaryText(summary)}\n`);
  });

  it.each([false, true])("ends within ten minutes (quick: %s)", (quick) => {
    const parts = partsOf({ quick, adapter: "hardware", folder });
    const limits = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    // What is left is for starting processes.
    expect(limits).toBeLessThanOrEqual(570);
    expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
    for (const { command } of parts.slice(1))
      expect(command.find((word) => word.endsWith(".ts") && existsSync(word))).toBeDefined();
  });

  it("reads the key figures", () => {
    const of = (read: (typeof figures)[keyof typeof figures], json: object) => read({ text: "", json });
    const timing = (medianUs: number) => ({ timing: { medianUs } });
    expect(
      of(figures.doctor, { kernels: [{ ok: true }, { ok: false, message: "tanh: y[3] is NaN" }] }),
    ).toEqual(["1 of 2 kernels agree with the CPU reference", "tanh: y[3] is NaN"]);
    expect(
      of(figures.check, {
        rows: [
          { name: "dC", within: true, roundings: 3 },
          { name: "dW1", within: false, roundings: 80 },
          { name: "dprobs", within: null, roundings: null },
        ],
      }),
    ).toEqual(["1 of 3 rows right, dW1 off by most: 80.0 roundings of 64"]);
    expect(
      of(figures.steps, {
        steps: [
          { hidden: 64, batch: 32, path: "fused", status: "timed", ...timing(250) },
          { hidden: 64, batch: 32, path: "single", status: "skipped", reason: "no" },
        ],
      }),
    ).toEqual(["64x32: fused 250 µs, single skipped (no)"]);
    expect(
      of(figures.profile, {
        sumUs: 10,
        stepUs: 12,
        profile: [1, 5, 2, 4].map((us) => ({
          op: `op${us}`,
          pass: us === 5 ? "dx" : "",
          us,
          share: us / 12,
          boundBy: "bytes",
        })),
      }),
    ).toEqual([
      "4 rows, 10.0 µs, in a step of 12.0 µs",
      "op5 (dx): 5.00 µs, 42 %, bound by bytes",
      "op4: 4.00 µs, 33 %, bound by bytes",
      "op2: 2.00 µs, 17 %, bound by bytes",
    ]);
    expect(
      of(figures.peers, {
        base: "ours single",
        results: [
          { name: "torch cuda graph", step: { median: 90 }, ratio: { median: 1.6 } },
          { name: "tfjs webgpu", failed: "no adapter" },
        ],
        leftOut: [{ name: "torch cuda manual", why: "no CUDA" }],
      }),
    ).toEqual([
      "× ours single",
      "torch cuda graph: 90.0 µs, × 1.60",
      "tfjs webgpu: no adapter",
      "torch cuda manual: no CUDA",
    ]);
  });

  it("says where one workgroup is no longer faster, and which of its sizes is best", () => {
    const timing = (medianUs: number) => ({
      ...{ medianUs, q1Us: medianUs, q3Us: medianUs, minUs: medianUs, maxUs: medianUs },
      ...{ samples: 1, repeats: 1 },
    });
    const step = (path: "fused" | "single", hidden: number, us: number) =>
      ({ path, hidden, batch: 32, status: "timed", timing: timing(us) }) as const;
    const rows = [
      ...[step("fused", 64, 200), step("single", 64, 50)],
      ...[step("fused", 512, 300), step("single", 512, 400)],
    ];
    expect(crossing(rows)).toEqual([
      "64x32: single 50.0 µs, fused 200 µs, 4.00 × as fast",
      "512x32: single 400 µs, fused 300 µs, 0.750 × as fast",
      "fused is faster at 512x32",
    ]);
    expect(crossing(rows.slice(0, 2)).at(-1)).toBe("fused is faster nowhere");
    const variant = (rows: number, invocations: number, us: number) =>
      ({ hidden: 64, batch: 32, rows, invocations, timing: timing(us) }) as const;
    expect(bestOf([variant(8, 128, 55), variant(4, 256, 45)])).toEqual([
      "64x32: 256 invocations (4 rows) 45.0 µs, 128 invocations (8 rows) 55.0 µs",
    ]);
  });
});
