/** `npm run mutate`: plants a mistake at a time into the kernels and says which of them the kernel tests do not see. */
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { registry } from "../../src/ops/index.ts";
import { MOST, type Mutant, mutantsOf, sample } from "./mutants.ts";
import { tryAll } from "./pool.ts";
import { type Saved, savedResults } from "./results.ts";

interface Options {
  op: string[];
  adapter: string;
  jobs: string;
  sample: string;
  fresh?: boolean;
}

const embedded = process.platform === "linux" && process.arch === "x64";

await new Command("mutate")
  .description(
    "Plants one mistake at a time into the kernels, runs the kernel tests on each, and lists those that live. A run that is cut off goes on where it was.",
  )
  .option("--op <names...>", "only these operations, or families", [])
  .addOption(
    new Option("--adapter <name>", "auto, hardware, lavapipe or swiftshader").default(
      embedded ? "swiftshader" : "auto",
    ),
  )
  .option("--jobs <n>", "processes", String(availableParallelism()))
  .option("--sample <n>", "at most so many mutants of one operation, every k-th of them", String(MOST))
  .option("--fresh", "forget earlier results")
  .action(mutate)
  .parseAsync();

async function mutate(o: Options): Promise<void> {
  const chosen = registry.filter(
    ({ name }) => o.op.length === 0 || o.op.some((asked) => name === asked || name.startsWith(`${asked}.`)),
  );
  if (chosen.length === 0) throw new Error(`no operation is called ${o.op.join(" ")}`);
  const started = Date.now();
  const all = chosen.map((op) => ({
    op,
    mutants: sample(mutantsOf(op), Number(o.sample)),
    saved: savedResults(o.adapter, op, o.fresh),
  }));
  for (const { op, mutants, saved } of all) {
    const tasks = mutants.filter((m) => !saved.results.has(m.id)).map((m) => ({ op: op.name, id: m.id }));
    if (tasks.length > 0)
      await tryAll(tasks, { jobs: Math.min(Number(o.jobs), tasks.length), adapter: o.adapter }, (_, r) =>
        saved.add(r),
      );
    report(op.name, mutants, saved, (Date.now() - started) / 1000);
  }
}

function report(name: string, mutants: readonly Mutant[], { results }: Saved, seconds: number): void {
  const of = (outcome: string) => mutants.filter((m) => results.get(m.id)?.outcome === outcome);
  const count = (outcome: string) => `${of(outcome).length} ${outcome}`;
  const counts = ["killed", "survived", "invalid", "hung", "crashed"].map(count).join(", ");
  console.error(`${name}: ${mutants.length} mutants, ${counts} (${seconds.toFixed(0)} s)`);
  for (const m of of("survived"))
    console.log(`  ${m.operator}: ${m.line}\n      became ${m.becomes || "nothing"}`);
}
