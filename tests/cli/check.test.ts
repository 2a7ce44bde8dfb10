/** The cmp table from the command line, on the CPU: its rows, its judgement, its exit code. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { CMP, INTERMEDIATES } from "../../src/model/tensors.ts";
import { tanh } from "../../src/ops/index.ts";
import type { CheckReport } from "../../src/train/check.ts";
import { eventsOf, newFolder, run, runProcess, succeed, TINY, WORDS } from "../support/cli.ts";

const folder = newFolder();
const [fixture, fixture200] = ["h64", "h200"].map((size) =>
  fileURLToPath(new URL(`../fixtures/notebook-${size}.safetensors`, import.meta.url)),
);
const gradients = CMP.map((name) => `d${name}`);
/** Small, but a full batch: with few examples gradients are larger, and torch's atol of 1e-8 below their rounding. */
const small = [...TINY, ...WORDS, "--batch", "32"];
const against = (file: string, ...more: string[]) => [
  "check",
  "--backend",
  "cpu",
  "--against",
  file,
  ...more,
];

/** The fixture with one element of a gradient off by a thousandth of itself. */
const planted = join(folder, "planted.safetensors");
const { tensors, metadata } = readSafetensors(readFileSync(fixture));
const { shape, data } = tensors.get("grad.W1")!;
const at = shape[1] + 1;
const [right, wrong] = [Number(data[at]), Number(data[at]) * 1.001];
data[at] = wrong;
writeFileSync(planted, writeSafetensors(tensors, metadata));

/** What check printed with --json: one object and no more. */
function reportOf(ran: Parameters<typeof eventsOf>[0]): CheckReport {
  const events = eventsOf(ran);
  expect(events).toHaveLength(1);
  return events[0] as unknown as CheckReport;
}

describe("check", () => {
  it("judges the notebook's 26 gradients, in its order", async () => {
    const report = reportOf(await succeed(folder, ["check", ...small, "--json"]));
    expect(Object.keys(report)).toEqual(["ok", "loss", "rows"]);
    expect(report.ok).toBe(true);
    expect(report.loss).toBeCloseTo(Math.log(7), 0);
    expect(report.rows.map((r) => r.name)).toEqual(gradients);
    for (const row of report.rows) {
      expect(Object.keys(row)).toEqual([
        ...["name", "exact", "approximate", "maxdiff", "shape", "roundings", "within", "worst"],
      ]);
      expect(Object.keys(row.worst)).toEqual(["index", "got", "want", "s"]);
      expect(row.within).toBe(true);
      expect(row.roundings).toBeCloseTo(Math.abs(row.worst.got - row.worst.want) / row.worst.s, 9);
      expect(row.worst.index).toHaveLength(row.shape.length);
    }
  });

  it("prints a table with a verdict", async () => {
    const { stdout, stderr } = await succeed(folder, ["check", ...small, "--path", "fused"]);
    expect(stderr).toBe("CPU reference (float32), fused path, against the CPU reference in float64\n");
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(
      /^tensor +shape +exact +approximate +maxdiff +roundings +within +worst element$/,
    );
    expect(lines[1]).toMatch(
      /^dlogits +32×7 +(true|false) +true +\d\.\d\de[-+]\d+ +\d+(\.\d)? +true +\[\d+,\d\] \S+ want \S+$/,
    );
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^ok: all 12 rows within 64 roundings, loss \d\.\d{6}$/),
      "",
    ]);
  });

  it("compares everything that is in a file of PyTorch's", async () => {
    const report = reportOf(await succeed(folder, against(fixture, "--json")));
    expect(report.ok).toBe(true);
    expect(report.rows.map((r) => r.name)).toEqual([...INTERMEDIATES, "loss", ...gradients]);
  });

  it("names the tensor that is wrong, and where, and fails", async () => {
    const ran = await runProcess(folder, against(planted, "--json"));
    expect(ran.code).toBe(1);
    const report = reportOf(ran);
    expect(report.ok).toBe(false);
    const bad = report.rows.filter((r) => !r.within);
    expect(bad.map((r) => r.name)).toEqual(["dW1"]);
    expect(bad[0]).toMatchObject({ exact: false, shape, worst: { index: [1, 1], want: Math.fround(wrong) } });
    expect(bad[0].worst.got).toBeCloseTo(right, 7);

    const { code, stdout } = await run(folder, against(planted));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^dW1 +30×64 +false +false +\S+ +\d+ +false +\[1,1\] /m);
    expect(stdout).toMatch(/\nNOT ok: dW1 \(\d+ roundings\)\n$/);
  });

  it("judges by the tolerances it is given", async () => {
    const { stdout: said } = await succeed(folder, against(planted, "--rtol", "0.01"));
    expect(said).toMatch(/^dW1 +30×64 +false +true +\S+ +\d+ +false /m);
    expect(said).toMatch(/\nok: all 46 rows approximate, loss /);
    const { code, stdout } = await run(folder, against(fixture, "--rtol", "0", "--atol", "0"));
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nNOT ok: .*dlogits \(maxdiff \S+\)/);
    const eachOp = await run(folder, ["check", ...small, "--each-op", "--rtol", "0", "--atol", "0"]);
    expect(eachOp.code).toBe(1);
    expect(eachOp.stdout).toMatch(/linear\.backward_input +dh +Infinity % of the tolerance$/m);
  });

  it.each(["chunked", "fused"])("keeps forward rows of the %s path at what float32 can do", async (path) => {
    const { stdout } = await succeed(folder, against(fixture200, "--path", path, "--atol", "5e-8"));
    expect(stdout).toMatch(/\nok: all \d+ rows approximate, loss /);
    const eachOp = ["check", ...small, "--each-op", "--path", path, "--atol", "5e-8"];
    expect((await succeed(folder, eachOp)).stdout).toMatch(/\nok: all \d+ operations agree/);
  });

  it("judges each operation on its own inputs", async () => {
    const { stdout } = await succeed(folder, ["check", ...small, "--each-op"]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^ {2}1 embedding\.gather +emb +0\.0 of 64 roundings$/);
    expect(lines.at(-2)).toMatch(/^ok: all \d+ operations agree with their CPU twins$/);
    const fused = reportOf(
      await succeed(folder, ["check", ...small, "--each-op", "--path", "fused", "--json"]),
    );
    expect(fused).toMatchObject({ ok: true, operations: expect.any(Array) });
    const { operations } = fused as unknown as { operations: Record<string, unknown>[] };
    for (const o of operations) expect(o).toMatchObject({ within: true, s: expect.any(Number) });
  });

  it("names the first operation that is wrong, and no other", async () => {
    const backward = vi.spyOn(tanh.backward, "twin").mockImplementationOnce(({ dx }) => {
      dx.fill(1);
    });
    const { code, stdout } = await run(folder, ["check", ...small, "--each-op"]);
    backward.mockRestore();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\nNOT ok: tanh\.backward \(#\d+\) is the first that is wrong: dhpreact\[\d+\] is 1, want \S+\n$/,
    );
  });

  describe("of trained weights", () => {
    const trained = join(folder, "trained.safetensors");
    const train = (file: string, ...more: string[]) =>
      succeed(folder, ["train", ...small, "--steps", "50", "--path", "fused", "--out", file, ...more]);

    it("judges them on the minibatch that comes next", async () => {
      await train(trained);
      const report = reportOf(
        await succeed(folder, ["check", "--checkpoint", trained, "--backend", "cpu", "--json"]),
      );
      expect(report).toMatchObject({ ok: true, rows: { length: 26 } });
      // The next step of the run has this loss.
      const next = join(folder, "next.safetensors");
      const resumed = await succeed(folder, [
        ...["train", "--resume", trained, "--steps", "51", "--out", next, "--backend", "cpu"],
        ...["--log-every", "1", "--json"],
      ]);
      const step = eventsOf(resumed).find((e) => e.event === "step");
      expect(step).toMatchObject({ step: 50 });
      expect(report.loss).toBeCloseTo(step!.loss as number, 5);
    });

    it("takes --words, --path and --each-op", async () => {
      const { stdout } = await succeed(folder, [
        ...["check", "--checkpoint", trained, ...WORDS, "--path", "fused", "--each-op", "--backend", "cpu"],
      ]);
      expect(stdout).toMatch(/\nok: all 9 operations agree with their CPU twins\n$/);
    });

    it("says so where the unfused chain overflows, and judges what can be judged", async () => {
      const wild = join(folder, "wild.safetensors");
      await train(wild, "--lr", "300");
      const on = (path: string) => ["check", "--checkpoint", wild, "--backend", "cpu", "--path", path];
      const { stdout } = await succeed(folder, on("chunked"));
      expect(stdout).toMatch(/^dprobs +32×7 +false +false +Infinity +– +– /m);
      expect(stdout).toMatch(
        /\nlog\(0\): the unfused chain overflows on these weights; the fused step does not\nok: \d+ of 26 rows within 64 roundings, loss /,
      );
      const report = reportOf(await succeed(folder, [...on("chunked"), "--json"]));
      expect(report.note).toMatch(/^log\(0\)/);
      expect(report.rows.find((r) => r.name === "dprobs")).toMatchObject({ within: null, roundings: null });
      expect((await succeed(folder, on("fused"))).stdout).toMatch(/\nok: all 12 rows within 64 roundings/);
      const eachOp = await succeed(folder, [...on("chunked"), "--each-op"]);
      expect(eachOp.stdout).toMatch(/elementwise\.log_backward +dprobs +not judged: float32 overflows\n/);
      expect(eachOp.stdout).toMatch(
        /\nok: \d+ of 44 operations agree with their CPU twins; float32 overflows in \d+\n$/,
      );
    });

    it.each([
      [
        ["--hidden", "8"],
        "--hidden cannot go with --checkpoint, which takes everything from its file; leave one of them out",
      ],
      [
        ["--against", fixture],
        "--checkpoint cannot go with --against, which takes everything from its file; leave one of them out",
      ],
    ])("refuses %s", async (more, message) => {
      const { code, stderr } = await run(folder, ["check", "--checkpoint", trained, ...more]);
      expect([code, stderr]).toEqual([1, `error: ${message}\n`]);
    });
  });

  it("refuses to look into a step that is one operation", async () => {
    const { code, stderr } = await run(folder, ["check", ...small, "--each-op", "--path", "single"]);
    expect([code, stderr]).toEqual([
      1,
      "error: --each-op works with --path chunked or fused: the single path is one operation\n",
    ]);
  });
});
