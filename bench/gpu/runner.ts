/** Runs programs one after another, each within its own time, and keeps what they write. One that fails or takes too long costs no other. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a part left behind. */
export interface Written {
  /** All that it printed, errors too; without its JSON, if that is what it prints. */
  readonly text: string;
  /** Of its JSON file, or the last line of JSON that it printed; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: each program has its own
  readonly json: any;
}

export interface Part {
  /** Also the name of its files. */
  readonly name: string;
  /** It is ended after so many. */
  readonly seconds: number;
  readonly command: readonly string[];
  /** Whether it prints its JSON, and does not write it to NAME.json itself. */
  readonly printsJson?: boolean;
  /** Why it has nothing to do here, in which case it is left out. */
  readonly whyNot?: () => string | undefined;
  /** What it found, a line each. */
  readonly figures: (written: Written) => readonly string[];
}

export interface Result {
  readonly part: string;
  readonly limit: number;
  readonly seconds: number;
  readonly ended: "ok" | "failed" | "out of time" | "left out";
  /** Unless it is ok. */
  readonly why?: string;
  readonly figures: readonly string[];
}

export interface Run {
  /** Where the files go. */
  readonly folder: string;
  /** Where the programs run. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the part under way, and leaves out the others. */
  readonly signal: AbortSignal;
  readonly onStart: (part: Part) => void;
  /** Called as soon as a part is over. */
  readonly onResult: (result: Result) => void;
}

export const textFile = (part: string): string => `${part}.txt`;
export const jsonFile = (part: string): string => `${part}.json`;

export async function runParts(parts: readonly Part[], run: Run): Promise<Result[]> {
  const results: Result[] = [];
  for (const part of parts) {
    const why = run.signal.aborted ? "the script was stopped" : part.whyNot?.();
    if (why === undefined) run.onStart(part);
    const result = why === undefined ? await runPart(part, run) : leftOut(part, why);
    results.push(result);
    run.onResult(result);
  }
  return results;
}

const leftOut = ({ name, seconds }: Part, why: string): Result => ({
  part: name,
  limit: seconds,
  seconds: 0,
  ended: "left out",
  why,
  figures: [],
});

async function runPart(part: Part, run: Run): Promise<Result> {
  const start = performance.now();
  const wrong = await outcome(part, run);
  const seconds = (performance.now() - start) / 1000;
  const written = whatWasWritten(part, run.folder);
  const last = written.text.trimEnd().split("\n").at(-1) ?? "";
  const result = { part: part.name, limit: part.seconds, seconds };
  if (wrong === undefined) return { ...result, ended: "ok", figures: figuresOf(part, written) };
  const late = wrong === OUT_OF_TIME;
  return {
    ...result,
    ended: late ? OUT_OF_TIME : "failed",
    why: [...(late ? [] : [wrong]), ...(last ? [`the last line is: ${last}`] : [])].join("; "),
    figures: figuresOf(part, written).filter((line) => line !== last),
  };
}

const OUT_OF_TIME = "out of time";
/** Milliseconds that a program has to end once it is killed. */
const PATIENCE = 3000;

/** Runs the program to its end or to its limit. @returns what went wrong */
function outcome({ name, command, seconds, printsJson }: Part, run: Run): Promise<string | undefined> {
  const [program, ...args] = command;
  const text = openSync(join(run.folder, textFile(name)), "w");
  const stdout = printsJson ? openSync(join(run.folder, jsonFile(name)), "w") : text;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: run.cwd,
      env: run.env,
      stdio: ["ignore", stdout, text],
      // A group of its own, so that whatever it starts ends with it.
      detached: process.platform !== "win32",
    });
    let ended: string | undefined;
    let stuck: NodeJS.Timeout | undefined;
    const end = (why: string) => {
      ended ??= why;
      killAll(child);
      // A process that waits inside a driver does not end.
      stuck ??= setTimeout(over, PATIENCE);
    };
    const timer = setTimeout(end, 1000 * seconds, OUT_OF_TIME);
    const stop = () => end("stopped");
    run.signal.addEventListener("abort", stop);
    const over = (why?: string) => {
      clearTimeout(timer);
      clearTimeout(stuck);
      run.signal.removeEventListener("abort", stop);
      // What it has started and left running would disturb the others.
      killAll(child);
      for (const file of new Set([text, stdout])) closeSync(file);
      resolve(ended ?? why);
    };
    child.once("error", ({ message }) => over(message));
    child.once("exit", (code, signal) => over(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
}

function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill();
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

function whatWasWritten({ name }: Part, folder: string): Written {
  return { text: read(join(folder, textFile(name))), json: parse(read(join(folder, jsonFile(name)))) };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A whole document, or else the last of its lines. */
function parse(text: string): unknown {
  for (const candidate of [text, text.trimEnd().split("\n").at(-1) ?? ""])
    try {
      return JSON.parse(candidate);
    } catch {
      // It was cut off, or is not there.
    }
}

/** A part that ended early may have written only some of what its figures are made from. */
function figuresOf(part: Part, written: Written): readonly string[] {
  try {
    return part.figures(written);
  } catch {
    return [];
  }
}
