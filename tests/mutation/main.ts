/** `npm run mutate`: plants one mistake at a time into the kernels and says which of them the kernel tests miss. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { registry } from "../../src/model/registry.ts";
import { type Op, RUNGS, type Rung } from "../../src/plan/contract.ts";
import { MOST, type Mutant, mostOf, mutantsOf, sample } from "./mutants.ts";
import { picksOf } from "./picked.ts";
import { tryAll } from "./pool.ts";
import { type Saved, savedResults } from "./results.ts";
import type { Outcome } from "./run.ts";
import { keyOf } from "./survivors.ts";
import { type Operation, type Tried, table } from "./table.ts";

interface Options {
  op: string[];
  rung: readonly Rung[];
  adapter: string;
  jobs: string;
  sample: string;
  fresh?: boolean;
  table?: boolean;
}

const TABLE = "docs/mutants.md";
const embedded = process.platform === "linux" && process.arch === "x64";

await new Command("mutate")
  .description(
    "Plants one mistake at a time into the kernels, runs the judge of the kernel tests on each, and lists the survivors. An interrupted run goes on where it stopped.",
  )
  .option("--op <names...>", "only these operations or families", [])
  .addOption(new Option("--rung <names...>", "only this rung").choices(RUNGS).default(RUNGS, "both"))
  .option("--adapter <name>", "auto, hardware, lavapipe or swiftshader", embedded ? "swiftshader" : "auto")
  .option("--jobs <n>", "processes", String(availableParallelism()))
  .option(
    "--sample <n>",
    "at most this many mutants of each rung of an operation, every k-th of all",
    String(MOST),
  )
  .option("--fresh", "forget the results of earlier runs")
  .option("--table", `write ${TABLE}`)
  .action(mutate)
  .parseAsync();

async function mutate(o: Options): Promise<void> {
  const asked = ({ name }: Op) => o.op.some((op) => name === op || name.startsWith(`${op}.`));
  const chosen = registry.filter((op) => o.op.length === 0 || asked(op));
  if (chosen.length === 0)
    throw new Error(
      `no operation is called ${o.op.join(" ")}: name one of ${registry.map((op) => op.name).join(" ")}`,
    );
  const operations: Operation[] = [];
  let adapter = o.adapter;
  for (const [op, rung] of o.rung.flatMap((rung) => chosen.map((op) => [op, rung] as const))) {
    if (!op[rung]) continue;
    const of = (mutants: readonly Mutant[]) => mutants.filter((m) => m.rung === rung);
    const [picked, possible] = [of(picksOf(op)), of(mutantsOf(op))];
    const planted = sample(possible, mostOf(op, Number(o.sample)));
    const saved = savedResults(o.adapter, op, rung, o.fresh);
    const title = `${op.name} (${rung})`;
    adapter = (await tryMissing(o, op, title, [...picked, ...planted], saved)) ?? saved.adapter ?? adapter;
    const tried = (mutants: readonly Mutant[]): Tried[] =>
      mutants.map((mutant) => ({ mutant, result: saved.results.get(mutant.id)! }));
    const operation = { name: op.name, rung, picked: tried(picked), tried: tried(planted), possible };
    report(title, operation);
    operations.push(operation);
  }
  if (o.table) writeFileSync(TABLE, table(adapter, operations, Number(o.sample)));
}

/** Tries the mutants that no earlier run has tried. @returns the adapter's name, if there were any */
async function tryMissing(
  o: Options,
  op: Op,
  title: string,
  mutants: readonly Mutant[],
  saved: Saved,
): Promise<string | undefined> {
  const tasks = mutants.filter((m) => !saved.results.has(m.id)).map((m) => ({ op: op.name, id: m.id }));
  if (tasks.length === 0) return undefined;
  const { isTTY } = process.stderr;
  let done = mutants.length - tasks.length;
  const jobs = Math.min(Number(o.jobs), tasks.length);
  return tryAll(tasks, { jobs, adapter: o.adapter }, (result, adapter) => {
    saved.add(result, adapter);
    done++;
    if (isTTY) process.stderr.write(`\r${title}: ${done} of ${mutants.length}\x1b[K\r`);
  });
}

function report(title: string, { picked, tried }: Operation): void {
  const all = [...picked, ...tried];
  const of = (outcome: Outcome) => all.filter(({ result }) => result.outcome === outcome);
  const outcomes = ["killed", "survived", "invalid", "hung", "crashed"] as const;
  const counts = outcomes.map((outcome) => `${of(outcome).length} ${outcome}`).join(", ");
  console.error(`${title}: ${all.length} mutants, ${counts}`);
  for (const { mutant } of of("survived")) console.log(`${title}: ${keyOf(mutant)}`);
}
