/**
 * `npm run bench:gpu -- --out FOLDER`: all that is worth knowing of a GPU, in ten minutes: its kernels judged, steps, profiles, populations and
 * peers timed, and what is to be set from measurements swept. Each part runs in its own process and within its own time.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { type AdapterChoice, CHOICES } from "../../src/gpu/adapters.ts";
import { returnToUser } from "../../src/node/folder.ts";
import { outliveTerminal } from "../../src/node/terminal.ts";
import { openMachine } from "../../src/train/open.ts";
import { environment } from "../environment.ts";
import { partsOf, ROOT } from "./parts.ts";
import { type Result, runParts } from "./runner.ts";
import { SUMMARY_JSON, summaryText, writeSummary } from "./summary.ts";

interface Options {
  readonly out: string;
  readonly quick: boolean;
  readonly only?: string;
}

returnToUser("bench:gpu");
outliveTerminal({ result: true });
const options = new Command("bench:gpu")
  .description("Judges and measures a hardware GPU in ten minutes, part by part, each within a time limit.")
  .requiredOption("--out <folder>", "where each part's output and JSON go, and the summary")
  .option("--quick", "small sizes, to try this script on a software adapter", false)
  .option("--only <names>", 'parts whose names begin like this, such as "doctor,profile-fused"')
  .addHelpText(
    "after",
    `\nThe adapter is a hardware one, or what BACKPROP_NINJA_ADAPTER says: ${CHOICES.join(", ")}.`,
  )
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

main().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { quick } = options;
  const start = performance.now();
  process.env.BACKPROP_NINJA_ADAPTER ??= "hardware";
  const adapter = process.env.BACKPROP_NINJA_ADAPTER as AdapterChoice;
  const folder = resolve(options.out);
  if (existsSync(join(folder, SUMMARY_JSON)))
    throw new Error(`${options.out} has a ${SUMMARY_JSON}; give a folder of its own to each run`);
  const parts = chosen(partsOf({ quick, adapter, folder }));
  const machine = await openMachine("gpu").catch((error: Error) => {
    throw new Error(
      `${error.message.split(". ")[0]}. To try this script without a GPU: --quick, and BACKPROP_NINJA_ADAPTER=swiftshader in the environment`,
    );
  });
  machine.close();
  mkdirSync(folder, { recursive: true });

  const about = environment(machine);
  const results: Result[] = [];
  const summary = () => ({
    environment: about,
    quick,
    seconds: (performance.now() - start) / 1000,
    parts: results,
  });
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  await runParts(parts, {
    folder,
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1" },
    signal: stopping.signal,
    onStart: ({ name, seconds }) => process.stderr.write(`${name}, at most ${seconds} s\n`),
    onResult: (result) => {
      results.push(result);
      writeSummary(folder, summary());
      if (result.why !== undefined) process.stderr.write(`  ${result.ended}: ${result.why}\n`);
    },
  });
  process.stdout.write(`${summaryText(summary())}\n`);
  if (stopping.signal.aborted) process.exitCode = 130;
  else if (results.some(({ ended }) => ended === "failed" || ended === "out of time")) process.exitCode = 1;
}

/** @throws Error for a name that no part's begins with */
function chosen<P extends { readonly name: string }>(parts: readonly P[]): readonly P[] {
  if (options.only === undefined) return parts;
  const asked = options.only.split(",").map((name) => name.trim());
  const unknown = asked.find((prefix) => !parts.some(({ name }) => name.startsWith(prefix)));
  if (unknown !== undefined)
    throw new Error(
      `no part's name begins with "${unknown}"; there are ${parts.map(({ name }) => name).join(", ")}`,
    );
  return parts.filter(({ name }) => asked.some((prefix) => name.startsWith(prefix)));
}
