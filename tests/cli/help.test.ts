/** The help and the names of everything: what scripts and README rely on. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { newFolder, runProcess, succeed, succeeding } from "../support/cli.ts";

const folder = newFolder();
const common = ["--backend", "--words", "--json", "--quiet", "--debug", "--help"];
const model = ["--hidden", "--embedding", "--context", "--batch", "--seed", "--bn-seed"];
const loop = ["--steps", "--lr", "--decay-at", "--decay", "--path", "--preset"];
const optimizer = ["--optimizer", "--momentum", "--weight-decay", "--beta1", "--beta2", "--eps"];
const list = ["--keep-spaces", "--terminator"];
const options: Record<string, string[]> = {
  train: [
    ...common,
    ...model,
    ...loop,
    ...optimizer,
    ...list,
    "--keep",
    "--out",
    "--resume",
    "--stop-at",
    "--log-every",
  ],
  check: [
    ...common,
    ...model,
    ...list,
    "--path",
    "--against",
    "--checkpoint",
    "--like",
    "--rtol",
    "--atol",
    "--each-op",
  ],
  sample: [
    ...[...common, "--checkpoint", "--like", "-n", "--count", "--seed"],
    ...["--temperature", "--top-k", "--prefix", "--max-length", "--new-only", "--unique"],
  ],
  evaluate: [...common, "--checkpoint", "--like"],
  grade: [
    ...["--exercise", "--op", "--train", "--hint", "--spellings"],
    ...["--backend", "--json", "--quiet", "--debug", "--help"],
  ],
  doctor: [...common, "--kernel"],
};

/** Help wraps its lines where the terminal ends. */
const unwrapped = (text: string) => text.replace(/\s+/g, " ");

describe("help", () => {
  it("names every command", async () => {
    const { stdout, stderr } = await succeeding(runProcess(folder, ["--help"]));
    expect(stderr).toBe("");
    for (const command of Object.keys(options)) expect(stdout).toMatch(new RegExp(`^ +${command} `, "m"));
  });

  it.each(Object.entries(options))("of %s has every option", async (command, all) => {
    const { stdout } = await succeed(folder, [command, "--help"]);
    const listed = [...stdout.matchAll(/^ {2}(-\S.*?) {2,}/gm)].flatMap(([, flags]) => flags.split(/[ ,]+/));
    for (const option of all) expect(listed, option).toContain(option);
  });

  it("of train names the contract's defaults", async () => {
    const text = unwrapped((await succeed(folder, ["train", "--help"])).stdout);
    const defaults = {
      ...{ hidden: 64, embedding: 10, context: 3, batch: 32, steps: 20000, lr: 0.1 },
      ...{ "decay-at": 0.5, decay: 0.1, seed: 2147483647, "bn-seed": 0, path: "auto", "log-every": 1000 },
      ...{ optimizer: "sgd", momentum: 0, "weight-decay": 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    };
    for (const [option, value] of Object.entries(defaults))
      expect(text).toMatch(new RegExp(`--${option} <[^(]*\\((choices: .*, )?default: "?${value}\\b`));
    expect(text).toMatch(/--backend <name> [^(]*\(choices: "auto", "gpu", "cpu", default: "auto"\)/);
  });

  it.each([
    ["train", 2],
    ["check", 2],
    ["sample", 1],
  ])("of %s says which seeds are the same", async (command, seeds) => {
    const text = unwrapped((await succeed(folder, [command, "--help"])).stdout);
    const said = /seed <n> [^(]*low 32 bits count, so 0 and 4,294,967,296 are the same/g;
    expect(text.match(said)).toHaveLength(seeds);
  });

  it.each([["--version"], ["train", "--version"]])("%s %s is the package's version", async (...args) => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect((await succeed(folder, args)).stdout).toBe(`${version}\n`);
  });

  it("goes to stderr, with exit code 1, where no command is given", async () => {
    const { code, stdout, stderr } = await runProcess(folder, []);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("Usage: backprop-ninja");
  });
});
