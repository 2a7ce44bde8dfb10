/** Checkpoint files in bad conditions: killed writers, two writers at once, a full disk, no permission. */
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ensureWritable, FileError, writeAtomically } from "../../src/node/files.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { killAndResume, newFolder, startSaving, untilSaving } from "../support/kills.ts";

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

it("survive kill -9 at any moment, and training goes on from them bit for bit", async () => {
  const torn = await killAndResume(3, 1);
  console.log(`3 kills, ${torn} of them while a file was half written`);
});

it("are complete at any moment while two processes write the same one", async () => {
  const file = path("shared.safetensors");
  const children = [1, 2].map((seed) => startSaving(file, 1e6, seed, "anew"));
  await Promise.all(children.map(untilSaving));
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
  const seeds = new Set<number>();
  let reads = 0;
  const begun = Date.now();
  for (; Date.now() < begun + (seeds.size === 2 && reads > 100 ? 400 : 1500); reads++) {
    seeds.add(decodeCheckpoint(readFileSync(file), file).config.seed);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const child of children) {
    expect(child.exitCode, "neither stopped").toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  expect(reads).toBeGreaterThan(20);
  // Both must have written, or the test shows nothing.
  expect([...seeds].sort()).toEqual([1, 2]);
});

it("left by killed writers are removed by the next one, those of running ones are not", () => {
  const file = path("stale.safetensors");
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const leave = (name: string, old: boolean) => {
    writeFileSync(path(name), "half");
    if (old) utimesSync(path(name), new Date(0), new Date(0));
    return name;
  };
  const mine = leave(`stale.safetensors.${process.pid}.0123abcd.tmp`, true);
  const fresh = leave(`stale.safetensors.${gone}.0123abcd.tmp`, false);
  const other = leave(`other.safetensors.${gone}.0123abcd.tmp`, true);
  const stale = leave(`stale.safetensors.${gone}.fedc9876.tmp`, true);
  ensureWritable(file);
  const left = readdirSync(folder);
  for (const name of [mine, fresh, other]) expect(left).toContain(name);
  expect(left).not.toContain(stale);
});

it("stay as they were, with nothing left over, when a write fails half-way", () => {
  const file = path("limited.safetensors");
  writeAtomically(file, new Uint8Array(100).fill(7));
  // The process may write files of at most 8 KiB, so its write begins well and then fails.
  const script = `
    import { writeAtomically } from ${JSON.stringify(new URL("../../src/node/files.ts", import.meta.url).href)};
    process.on("SIGXFSZ", () => {});
    try { writeAtomically(${JSON.stringify(file)}, new Uint8Array(100_000)); } catch (error) { console.log(error.name + ": " + error.message); }`;
  const run = (...args: string[]) => execFileSync("bash", args, { encoding: "utf8" });
  const said = run(
    "-c",
    'ulimit -f 8; exec "$0" --import tsx --input-type=module --eval "$1"',
    process.execPath,
    script,
  );
  expect(said).toBe(
    `FileError: cannot write ${file}: the file is larger than the system allows; choose another --out\n`,
  );
  expect(readFileSync(file)).toEqual(Buffer.alloc(100, 7));
  expect(readdirSync(folder).filter((name) => name.startsWith("limited") && name.endsWith(".tmp"))).toEqual(
    [],
  );
});

it("say why they cannot be written", () => {
  expect(() => writeAtomically(path("none/x"), new Uint8Array(1))).toThrow(
    new FileError(`cannot write ${path("none/x")}: there is no such file or folder; choose another --out`),
  );
});
