/** The command line: numbers are used as written or refused in one line, in this process and as a command. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import fc from "fast-check";
import { afterAll, expect } from "vitest";
import { createProgram, refusalOf } from "../../src/cli/program.ts";
import { DataError } from "../../src/data/error.ts";
import { FileError } from "../../src/node/files.ts";
import { ConfigError } from "../../src/train/config.ts";
import { runProcess, WORDS, words } from "../support/cli.ts";
import { damaged } from "./bytes.ts";
import { checkpoint, stepFile } from "./checkpoints.ts";
import { altered } from "./contents.ts";
import { isLegal, NUMBERS, numberText } from "./settings.ts";
import { awkwardKey, expectClear, expectClearLine, target } from "./target.ts";

/** The legal values of each command's options; every command fails at a missing file, if not before. */
const whole = (least: number, most: number) => (x: number) => x % 1 === 0 && x >= least && x <= most;
const optionName = (key: string): string => key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
const ranges = (keys: Iterable<string>, optimizer = "sgd") =>
  [...keys].map((key) => [`--${optionName(key)}`, (x: number) => isLegal(key, x, optimizer)] as const);
const model = ranges(["hidden", "embedding", "context", "batch", "seed", "bnSeed"]);
const COMMANDS: readonly { args: readonly string[]; options: ReadonlyMap<string, (x: number) => boolean> }[] =
  [
    {
      args: ["train", "--out", "/dev/null/x"],
      options: new Map([...ranges(NUMBERS.keys()), ["--log-every", whole(1, Number.MAX_VALUE)]]),
    },
    {
      args: ["train", "--optimizer", "adamw", "--out", "/dev/null/x"],
      options: new Map(ranges(NUMBERS.keys(), "adamw")),
    },
    {
      args: ["check", "--words", "/dev/null/x"],
      options: new Map([...model, ["--rtol", (x) => x >= 0], ["--atol", (x) => x >= 0]]),
    },
    {
      args: ["sample", "--checkpoint", "/dev/null/x"],
      options: new Map([
        ["-n", whole(1, 1e6)],
        ["--seed", whole(0, Number.MAX_SAFE_INTEGER)],
        ["--temperature", (x) => x >= 0.01 && x <= 100],
        ["--top-k", whole(1, 2 ** 21)],
        ["--max-length", whole(1, 2 ** 20)],
      ]),
    },
  ];

const invocation = fc.constantFrom(...COMMANDS).chain(({ args, options }) =>
  fc.record({
    args: fc.constant(args),
    options: fc.constant(options),
    given: fc.array(fc.tuple(fc.constantFrom(...options.keys()), numberText), { minLength: 1, maxLength: 3 }),
  }),
);

/** The command's refusal when it runs in this process; undefined if it works, or only prints help. */
async function refusal(args: readonly string[]): Promise<string | undefined> {
  const program = createProgram();
  let said = "";
  const writeErr = (text: string) => {
    said += text;
  };
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeErr, writeOut: () => {} });
  try {
    await program.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.code === "commander.help") return undefined;
    if (error instanceof CommanderError) return said.replace(/^error: /, "").replace(/\n$/, "");
    expectClear(
      Object.assign(error as Error, { message: refusalOf(error) }),
      ConfigError,
      FileError,
      DataError,
    );
    return refusalOf(error);
  }
}

const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-fuzz-"));
writeFileSync(join(folder, "words.txt"), words.join("\n"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = fc.oneof(
  altered(checkpoint),
  altered(stepFile),
  damaged(fc.constantFrom(checkpoint, stepFile)),
  fc.uint8Array({ maxLength: 50 }),
);
const reading = fc.constantFrom(
  ["evaluate", ...WORDS, "--checkpoint", "file"],
  ["sample", "--checkpoint", "file", "-n", "2"],
  ["train", ...WORDS, "--resume", "file", "--out", "new", "--steps", "4"],
  ["check", "--against", "file"],
  ["train", "--hidden", "3", "--steps", "1", "--out", "new", "--words", "file"],
);

export const commandLines = [
  target("command line of numbers", invocation, async ({ args, options, given }) => {
    const numbers = given.map(([, text]) => (text.trim() === "" ? Number.NaN : Number(text)));
    // The last of equal options counts, but each must be a number.
    const last = new Map(given.map(([option], i) => [option, numbers[i]]));
    const legal = numbers.every(Number.isFinite) && [...last].every(([option, x]) => options.get(option)!(x));
    const line = await refusal([...args, ...given.flat()]);
    expectClearLine(line ?? "it was not refused");
    // A command with valid numbers gets as far as its file.
    expect(line!.startsWith("cannot "), line).toBe(legal);
  }),
  target(
    "command line of anything",
    fc.array(
      fc.oneof(
        awkwardKey,
        fc.constantFrom(
          "train",
          "check",
          "--",
          "-",
          "--hidden",
          "--path",
          "--words=",
          "--backend",
          "--json=1",
          "-n",
        ),
        numberText,
      ),
      { maxLength: 4 },
    ),
    async (args) => {
      // No real command: without a missing file, it might start to work.
      args = args.map((a) => (/^(train|check|sample|evaluate|doctor)$/.test(a) ? "trian" : a));
      const line = await refusal(args);
      if (line !== undefined) expectClearLine(line);
    },
  ),
  target(
    "command line on any file",
    fc.tuple(reading, file),
    async ([args, bytes]) => {
      writeFileSync(join(folder, "file"), bytes);
      const { code, stdout, stderr } = await runProcess(folder, [...args, "--backend", "cpu"]);
      if (code === 0) return;
      // A failed comparison is not a refusal: its table is the result.
      if (args[0] === "check" && /^NOT ok: /m.test(stdout)) return;
      expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: "" });
      const [line, ...more] = stderr.trimEnd().split("\n").reverse();
      expect(line).toMatch(/^error: /);
      expectClearLine(line);
      // Notes may come before it, but not a stack.
      for (const note of more) expect(note).not.toMatch(/^\s+at /);
    },
    100,
  ),
];
