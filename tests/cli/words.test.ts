/** Words from standard input, and a run that says only what it must. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, it, vi } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { newFolder, run, succeed, TINY, WORDS, words } from "../support/cli.ts";

const folder = newFolder();
const load = (name: string) => decodeCheckpoint(readFileSync(join(folder, name)), name);

/** What standard input gives, in two pieces. */
function give(text: string): void {
  const bytes = Buffer.from(text);
  const pieces = Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]);
  vi.spyOn(process, "stdin", "get").mockReturnValue(pieces as never);
}

it("--words - reads standard input, which a checkpoint cannot find again", async () => {
  const steps = [...TINY, "--steps", "300"];
  const file = await succeed(folder, ["train", ...steps, ...WORDS, "--quiet", "--out", "file.safetensors"]);
  expect(file.stderr).toMatch(/^saved file\.safetensors at step 300; training took [\d.]+ s\n$/);

  give(words.join("\n"));
  const piped = await succeed(folder, ["train", ...steps, "--words", "-", "--out", "piped.safetensors"]);
  expect(piped.stdout).toBe(file.stdout);
  const { sha256 } = load("file.safetensors").words;
  expect(load("file.safetensors").words).toEqual({
    source: "words.txt",
    sha256,
    path: join(folder, "words.txt"),
  });
  expect(load("piped.safetensors").words).toEqual({ source: "standard input", sha256 });

  const evaluate = ["evaluate", "--backend", "cpu", "--checkpoint", "piped.safetensors"];
  expect(await run(folder, evaluate)).toEqual({
    code: 1,
    stdout: "",
    stderr: `error: this checkpoint was trained on standard input (SHA-256 of its words ${sha256.slice(0, 12)}…), but nothing keeps what came from there; give --words FILE, that list or another one\n`,
  });
  give(words.join("\n"));
  expect((await succeed(folder, [...evaluate, "--words", "-"])).stderr).toBe("");

  give("");
  const { code, stderr } = await run(folder, [...evaluate, "--words", "-"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^error: standard input: the file is empty; give/),
  ]);
  vi.restoreAllMocks();
});
