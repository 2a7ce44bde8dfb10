/**
 * `npm run bench:peers`: the same training step side by side in this project, TensorFlow.js, jax-js and PyTorch, and that of many networks at
 * once in this project and PyTorch. Each
 * contender's first losses must match the reference. Then all take turns in short slices, so that whatever slows the
 * machine affects all of them.
 */
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { openMachine, sizesOf } from "../../src/index.ts";
import { whyNotSingle } from "../../src/model/single/layout.ts";
import { returnToUser } from "../../src/node/folder.ts";
import { outliveTerminal } from "../../src/node/terminal.ts";
import { type Environment, environment } from "../environment.ts";
import { ENTRIES, type Entry } from "./contenders.ts";
import { bundledData, CHECKED, configOf, configsOf, expectedLosses, writeProblem } from "./given.ts";
import { report } from "./report.ts";
import { Contestant, fastest, takeTurns } from "./turns.ts";

interface Options {
  readonly hidden: number;
  readonly batch: number;
  readonly networks: number;
  readonly seconds: number;
  readonly patience: number;
  readonly json?: string;
  readonly only: readonly Entry[];
  readonly cold: boolean;
}

/** Milliseconds of trying environments, all contenders together, after which no other begins to. */
const TRYING = 15_000;

const number = (text: string): number => {
  if (!(Number(text) > 0)) throw new InvalidArgumentError("It must be a positive number.");
  return Number(text);
};

const several = (text: string): number => {
  if (!(Number.isInteger(Number(text)) && Number(text) >= 2))
    throw new InvalidArgumentError("It must be a whole number, 2 or more.");
  return Number(text);
};

const writable = (file: string): string => {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new InvalidArgumentError("Its folder is missing or cannot be written.");
  }
  return file;
};

const matching = (text: string): Entry[] => {
  const prefixes = text.split(",").map((prefix) => prefix.trim());
  const unknown = prefixes.find((prefix) => !ENTRIES.some(({ name }) => name.startsWith(prefix)));
  if (unknown !== undefined) throw new InvalidArgumentError(`No contender's name begins with "${unknown}".`);
  return ENTRIES.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
};

returnToUser("bench:peers");
const options = new Command("bench:peers")
  .description("the same training step side by side with TensorFlow.js, jax-js and PyTorch")
  .option("--hidden <n>", "neurons of the hidden layer", number, 64)
  .option("--batch <n>", "examples per step", number, 32)
  .option("--networks <n>", "how many those contenders train that train many side by side", several, 64)
  .option("--seconds <s>", "how long to measure (at least three rounds)", number, 20)
  // Some packages compile for a minute on a software adapter.
  .option("--patience <s>", "how long a contender may take to answer", number, 300)
  .option("--json <file>", "write the results to this file too", writable)
  .option("--cold", "an empty shader cache for each (Mesa only)", false)
  .addHelpText("after", `\nContenders: ${ENTRIES.map(({ name }) => name).join(", ")}`)
  .addOption(
    new Option("--only <names>", 'contenders whose names begin like this, such as "ours,jax-js"')
      .argParser(matching)
      .default(ENTRIES, "all"),
  )
  .parse()
  .opts<Options>();

outliveTerminal({ result: true });
const folder = mkdtempSync(join(tmpdir(), "bench-peers-"));
const contestants: Contestant[] = [];
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const one of contestants) one.close();
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const config = configOf({ hidden: options.hidden, batch: options.batch });
  const { hidden, batch } = config;
  const data = await bundledData(config);
  const tooWide = whyNotSingle(sizesOf(config, data.vocabulary.size));
  const leftOut = options.only.flatMap(({ name, many, whyNot }) => {
    const why = (many ? tooWide : undefined) ?? whyNot?.();
    return why === undefined ? [] : [{ name, why }];
  });
  const entries = options.only.filter(({ name }) => !leftOut.some((one) => one.name === name));
  const networks = entries.some(({ many }) => many) ? options.networks : 1;
  const configs = configsOf(config, networks);
  const problem = join(folder, "problem.safetensors");
  writeProblem(problem, configs, data);
  const machine = await describeMachine();
  const adapter = machine.kind === "software" ? `${machine.adapter} (software)` : machine.adapter;
  console.log(`hidden ${hidden}, batch ${batch}; WebGPU on ${adapter}\n`);

  for (const why of new Set(leftOut.map((one) => one.why))) {
    const names = leftOut.filter((one) => one.why === why).map(({ name }) => name);
    console.log(`Left out: ${names.join(", ")}: ${why}\n`);
  }
  const expected: number[][] = [];
  for (const each of configs) expected.push(await expectedLosses(each, data));
  const [from, to] = [expected[0][0], expected[0][CHECKED - 1]].map((loss) => loss.toFixed(4));
  console.log(`Learning: the first ${CHECKED} losses, ${from} to ${to} in float64 on the CPU`);
  const task = { problem, expected, env: childEnvironment, patience: options.patience };
  let trying = 0;
  for (const entry of entries) {
    console.error(`  ${entry.name}: starting`);
    const start = performance.now();
    const one = await Contestant.best(entry, task, trying < TRYING);
    if (one.result.tried) trying += performance.now() - start;
    contestants.push(one);
    const { failed, difference, environment, tried } = one.result;
    const best = tried ? `; fastest of ${tried.length} environments: ${environment}` : "";
    console.log(
      `  ${entry.name.padEnd(16)} ${failed ?? `matched within ${difference?.toExponential(0)}${best}`}`,
    );
  }

  console.error(`taking turns for ${options.seconds} s or more`);
  const rounds = await takeTurns(contestants, options.seconds);
  const summaries = (some: readonly Contestant[], base?: Contestant) =>
    some
      .map((one) => one.summary(base))
      .map((r) => (r.on && adapter.startsWith(r.on) ? { ...r, on: adapter } : r));
  const [many, lone] = [true, false].map((want) => contestants.filter(({ entry }) => entry.many === want));
  const base = fastest(lone);
  const results = summaries(lone, base);
  console.log(`\nTime: ${rounds} rounds, median (least–most); × is to one of ours in the same round\n`);
  if (lone.length > 0) console.log(report(results, base?.entry.name));
  const side = fastest(many);
  // Beside one network at a time, ours and PyTorch's.
  const beside = lone.filter((one) => one === base || one.entry.name.startsWith("torch"));
  const population = many.length > 0 && {
    networks,
    base: side?.entry.name,
    results: summaries([...many, ...beside], side),
  };
  if (population) {
    console.log(`\n${networks} networks side by side, and one at a time:\n`);
    console.log(report(population.results, side?.entry.name, "µs/network-step"));
  }
  if (options.json) {
    const peers = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")).dependencies;
    const all = {
      ...machine,
      peers,
      hidden,
      batch,
      rounds,
      base: base?.entry.name,
      results,
      leftOut,
      ...(population ? { population } : {}),
    };
    writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`);
  }
}

async function describeMachine(): Promise<Environment> {
  const machine = await openMachine("auto", { onNote: console.error });
  machine.close();
  return environment(machine);
}

function childEnvironment(): NodeJS.ProcessEnv {
  if (!options.cold) return process.env;
  return { ...process.env, MESA_SHADER_CACHE_DIR: mkdtempSync(join(folder, "cache-")) };
}
