/** The cmp table from the command line, on the CPU: its rows, its judgement, its exit code. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { CMP, INTERMEDIATES } from "../../src/model/tensors.ts";
import type { CheckReport } from "../../src/train/check.ts";
import { eventsOf, newFolder, run, runProcess, succeed, TINY, WORDS } from "../support/cli.ts";

const folder = newFolder();
const fixture = fileURLToPath(new URL("../fixtures/notebook-h64.safetensors", import.meta.url));
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
      expect(Object.keys(row)).toEqual(["name", "exact", "approximate", "maxdiff", "shape", "worst"]);
      expect(Object.keys(row.worst)).toEqual(["index", "got", "want"]);
      expect(row.worst.index).toHaveLength(row.shape.length);
    }
  });

  it("prints a table with a verdict", async () => {
    const { stdout, stderr } = await succeed(folder, ["check", ...small, "--path", "fused"]);
    expect(stderr).toBe("CPU reference (float32), fused path, against the CPU reference in float64\n");
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^tensor +shape +exact +approximate +maxdiff +worst element$/);
    expect(lines[1]).toMatch(
      /^dlogits +32×7 +(true|false) +true +\d\.\d\de[-+]\d+ +\[\d+,\d\] \S+ want \S+$/,
    );
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^ok: all 13 rows approximate, loss \d\.\d{6}$/),
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
    const bad = report.rows.filter((r) => !r.approximate);
    expect(bad.map((r) => r.name)).toEqual(["dW1"]);
    expect(bad[0]).toMatchObject({ exact: false, shape, worst: { index: [1, 1], want: Math.fround(wrong) } });
    expect(bad[0].worst.got).toBeCloseTo(right, 7);

    const { code, stdout } = await run(folder, against(planted));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^dW1 +30×64 +false +false +\S+ +\[1,1\] /m);
    expect(stdout).toMatch(/\nNOT ok: dW1 \(maxdiff \S+\)\n$/);
  });

  it("takes the tolerances it is given", async () => {
    await succeed(folder, against(planted, "--rtol", "0.01"));
    const { code, stdout } = await run(folder, against(fixture, "--rtol", "0", "--atol", "0"));
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nNOT ok: .*dlogits/);
  });
});
