/**
 * Deno, whose WebGPU is wgpu and naga: every text without subgroups compiles, each kernel runs once, and 200 steps of each path have the
 * bits of Dawn's on the same SwiftShader. `npm run test:adapters -- deno` judges the kernels at all their shapes.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { findSwiftShader } from "../../src/gpu/swiftshader.ts";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { registry } from "../../src/model/registry.ts";
import { loadCheckpoint } from "../../src/node/checkpoints.ts";
import { embedded } from "../support/adapter.ts";
import { denoCommand, denoEnv, denoProgram, runInDeno } from "./deno.ts";
import type { Row } from "./suite.ts";

function missing(): string {
  if (!embedded) return "SwiftShader comes for Linux on x64 only";
  try {
    denoProgram();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const why = missing();
if (why) {
  // The title of what is skipped is not printed where a whole file is.
  console.log(`Deno is not tested: ${why}`);
  describe.skip(`in Deno: ${why}`, () => it("needs Deno and SwiftShader", () => {}));
} else describe("in Deno", tests);

const source = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Runs a file of ours in Deno. @returns what it printed, a value for each line of JSON */
async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown[]> {
  const [program, all] = denoCommand(source(file), ...args);
  const { stdout } = await promisify(execFile)(program, all, { env: { ...denoEnv, ...env } });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function tests(): void {
  const folder = mkdtempSync(join(tmpdir(), "deno-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("its compiler takes every text, every kernel and plan is right, and training has Dawn's bits", {
    timeout: 300_000,
  }, async () => {
    const rows: Row[] = [];
    const adapter = await runInDeno("least", (row) => {
      // Vitest itself prints errors when all files have ended.
      if (!row.ok) console.error(`${row.name}: ${row.message}`);
      expect(row.ok, `${row.name}: ${row.message}`).toBe(true);
      rows.push(row);
    });
    expect(adapter).toMatch(/SwiftShader/);
    expect(rows.map((r) => r.name)).toEqual([
      "features",
      "texts without subgroups",
      "texts with subgroups",
      ...ALL_PATHS.map((path) => `200 steps, ${path}`),
      ...registry.map((op) => `kernel ${op.name}`),
      "chunked step of saturated",
      "fused step of saturated",
      "evaluation",
    ]);
    const [, texts, refused] = rows.map((r) => r.message);
    expect(Number(/^naga takes all (\d+)$/.exec(texts)?.[1])).toBeGreaterThan(230);
    expect(refused).toMatch(/^linear\.forward, fast, N=32 [\s\S]*subgroups/);
    const worst = rows.reduce((a, b) => (b.used > a.used ? b : a));
    console.log(
      `${rows.length} tests in Deno on ${adapter}; ${texts}; worst share of the tolerance: ${worst.name}: ${worst.message}`,
    );
  });

  it("trains from the command line on the GPU", async () => {
    const words = join(folder, "words.txt");
    writeFileSync(words, Array.from({ length: 30 }, (_, i) => "abc".repeat(1 + (i % 3))).join("\n"));
    const sizes = ["--hidden", "2", "--batch", "2", "--embedding", "2", "--context", "1"];
    const out = join(folder, "out.safetensors");
    const said = await run("src/cli/main.ts", [
      ...["train", "--json", "--backend", "gpu", "--words", words, "--steps", "20", "--out", out],
      ...sizes,
    ]);
    const [start] = said;
    expect(start).toMatchObject({
      event: "start",
      adapter: expect.stringMatching(/SwiftShader/),
      backend: "gpu",
    });
    expect(said.at(-1)).toMatchObject({ event: "done", steps: 20, checkpoint: out });
    expect(loadCheckpoint(out).step).toBe(20);
  });

  it("takes the adapter that is asked for, or says in a line why not", async () => {
    const asked = ["swiftshader", "auto", "lavapipe", "hardware"];
    const said = (await run("tests/adapters/deno_choices.ts", asked)) as [string, string][];
    const name = expect.stringMatching(/SwiftShader/);
    const refusal = (why: string) => ["", expect.stringContaining(`no WebGPU device: ${why}`)];
    expect(said).toEqual([
      [name, ""],
      [name, ""],
      refusal("Deno: there is no lavapipe, but SwiftShader"),
      refusal("SwiftShader Device (Subzero): software, and hardware was asked for"),
    ]);
    for (const [, line] of said) expect(line).not.toContain("\n");
  });

  it("says how to get SwiftShader once the system's drivers have been loaded", async () => {
    const { loader } = findSwiftShader();
    const nowhere = { VK_DRIVER_FILES: "/nowhere", VK_ICD_FILENAMES: "/nowhere" };
    const env = { ...nowhere, LD_LIBRARY_PATH: dirname(loader) };
    expect(await run("tests/adapters/deno_choices.ts", ["auto", "swiftshader"], env)).toEqual([
      [
        "",
        expect.stringMatching(
          /^no WebGPU device: Deno: it offers no adapter; SwiftShader: Deno keeps the drivers .* set BACKPROP_NINJA_ADAPTER=swiftshader$/,
        ),
      ],
      ["", expect.stringContaining("has loaded no driver at all: start it with BACKPROP_NINJA_ADAPTER=")],
    ]);
  });
}
