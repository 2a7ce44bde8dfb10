/**
 * `npm run test:adapters`: the GPU suite on every implementation that this machine has, or on those named, and a table. Under Node
 * these are the test files that open a device; in browsers the kernels and plans, in a page's worker.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import { openDevice } from "../../src/gpu/device.ts";
import type { Extent } from "../support/kernels.ts";
import type { Row } from "./suite.ts";

interface Result {
  /** The driver's name for it. */
  readonly adapter: string;
  readonly passed: number;
  readonly failed: number;
  /** The largest share of its tolerance that any comparison took. */
  readonly used: number;
}

const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const FILES = ["tests/gpu/", "tests/train/gpu.test.ts"];

/** The test files, in their own process. @throws Error if there is no such adapter */
async function underNode(adapter: AdapterChoice): Promise<Result> {
  const { name, close } = await openDevice({ adapter });
  close();
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-adapters-"));
  const report = join(folder, "report.json");
  try {
    const args = [
      VITEST,
      "run",
      ...FILES,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ];
    const env = { ...process.env, BACKPROP_NINJA_ADAPTER: adapter };
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      process.stderr.write(text);
    });
    await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, "utf8"));
    // The tests print how much of the tolerance each comparison used.
    const shares = [...said.matchAll(/([\d.e+-]+) ?% of the tolerance/g)].map(
      ([, percent]) => Number(percent) / 100,
    );
    return { adapter: name, passed, failed, used: Math.max(0, ...shares) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Run = (extent: Extent, onRow: (row: Row) => void) => Promise<string>;

async function elsewhere(run: Run, extent: Extent): Promise<Result> {
  const rows: Row[] = [];
  const adapter = await run(extent, (row) => {
    rows.push(row);
    process.stderr.write(`${row.ok ? "ok  " : "FAIL"} ${row.name}: ${row.message}\n`);
  });
  const passed = rows.filter((r) => r.ok).length;
  return { adapter, passed, failed: rows.length - passed, used: Math.max(...rows.map((r) => r.used)) };
}

const IMPLEMENTATIONS: Readonly<Record<string, () => Promise<Result>>> = {
  hardware: () => underNode("hardware"),
  lavapipe: () => underNode("lavapipe"),
  swiftshader: () => underNode("swiftshader"),
  // What they import is not there where only Node's tests are to run.
  chromium: async () => elsewhere((await import("./chromium.ts")).runInChromium, "all"),
  deno: async () => elsewhere((await import("./deno.ts")).runInDeno, "usual"),
  firefox: async () => elsewhere((await import("./firefox.ts")).runInFirefox, "usual"),
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in IMPLEMENTATIONS));
if (unknown !== undefined)
  throw new Error(`there is no ${unknown}; name some of ${Object.keys(IMPLEMENTATIONS).join(", ")}`);

const table = [["where", "adapter", "passed", "failed", "worst share", "seconds"]];
let [ran, failed] = [0, 0];
for (const name of asked.length > 0 ? asked : Object.keys(IMPLEMENTATIONS)) {
  const start = performance.now();
  try {
    const r = await IMPLEMENTATIONS[name]();
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    table.push([
      name,
      r.adapter,
      String(r.passed),
      String(r.failed),
      `${(100 * r.used).toFixed(1)} %`,
      seconds,
    ]);
    ran++;
    failed += r.failed;
  } catch (error) {
    const [line] = (error as Error).message.split("\n");
    const absent = /^no WebGPU device: |@sparticuz\/chromium|^there is no (Firefox|Deno)/.test(line);
    table.push([name, `${absent ? "not here" : "BROKEN"}: ${line}`]);
    if (!absent) failed++;
  }
}
const widths = table[0].map((_, i) =>
  Math.max(...table.filter((row) => row.length > 2).map((row) => row[i].length)),
);
for (const row of table)
  console.log(
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );
if (ran === 0 || failed > 0) process.exitCode = 1;
