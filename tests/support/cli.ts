/** Runs the command line in a folder of its own: in the tests' process, which is quick, or as its users do, in one of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, vi } from "vitest";
import { execute } from "../../src/cli/program.ts";

// Not through npm, which prints a banner on stdout.
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** What starts the command line in a process of its own. */
export const PROGRAM: readonly string[] = [process.execPath, "--import", tsx, main];

/** A network and a word list that train in no time on the CPU. */
export const TINY = ["--backend", "cpu", "--hidden", "6", "--embedding", "3", "--batch", "5"];
export const WORDS = ["--words", "words.txt"];

/** Thirty names of three to six of six letters. */
export const words: readonly string[] = Array.from({ length: 30 }, (_, i) =>
  Array.from({ length: 3 + (i % 4) }, (_, j) => "abcdef"[(7 * i + 5 * j + i * j) % 6]).join(""),
);

/** A new folder with `words.txt` in it, removed after the file's tests. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-cli-"));
  writeFileSync(join(folder, "words.txt"), words.join("\n"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command in this process, whose working folder, streams and environment it has meanwhile: one command at a time.
 * @param onStdout called with all of stdout so far whenever there is more
 */
export async function run(
  folder: string,
  args: readonly string[],
  { env = {}, onStdout }: { env?: Record<string, string>; onStdout?: (all: string) => void } = {},
): Promise<Ran> {
  const [home, exitCode] = [process.cwd(), process.exitCode];
  let [stdout, stderr] = ["", ""];
  const streams = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      stdout += text;
      onStdout?.(stdout);
      return true;
    }),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      stderr += text;
      return true;
    }),
  ];
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  process.chdir(folder);
  process.exitCode = undefined;
  try {
    await execute(args);
    return { code: Number(process.exitCode ?? 0), stdout, stderr };
  } finally {
    process.exitCode = exitCode;
    process.chdir(home);
    vi.unstubAllEnvs();
    for (const stream of streams) stream.mockRestore();
  }
}

/**
 * Runs a command in a process of its own.
 * @param onStdout called with all of stdout so far whenever there is more
 */
export function runProcess(
  folder: string,
  args: readonly string[],
  {
    env = {},
    onStdout,
  }: { env?: NodeJS.ProcessEnv; onStdout?: (all: string, child: ChildProcess) => void } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM[0], [...PROGRAM.slice(1), ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onStdout?.(stdout, child);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A run that must have succeeded. */
export async function succeeding(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran;
}

/** {@link run}, which must succeed. */
export const succeed = (
  folder: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Ran> => succeeding(run(folder, args, { env }));

export type Event = Readonly<Record<string, unknown>>;

/** The events that a command printed with --json: every line of stdout must be an object. */
export function eventsOf({ stdout }: Ran): Event[] {
  expect(stdout.endsWith("\n"), stdout).toBe(true);
  return stdout
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
}

/** Everything in a folder and below it, sorted. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true }).map(String).sort();
