/**
 * A contender's process: `worker.ts KIND VARIANT FILE`. Takes one step, then for every line {"steps"} on stdin as
 * many as it says. Each answer is a line {"milliseconds","losses"} on descriptor 3, since packages print to stdout as
 * they like. The first answer has "on" too, the device it runs on, and its time counts from the start of the process.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Contender } from "./contenders/contender.ts";
import { type Problem, readProblem } from "./problem.ts";

type Open = (variant: string, problem: Problem) => Promise<Contender>;

const kinds: Readonly<Record<string, () => Promise<Open>>> = {
  ours: async () => (await import("./contenders/ours.ts")).ours,
  tfjs: async () => (await import("./contenders/tensorflow.ts")).tensorflow,
  "jax-js": async () => (await import("./contenders/jax.ts")).jax,
};

const [kind, variant, file] = process.argv.slice(2);
const open = await kinds[kind]();
const contender = await open(variant, readProblem(file));
await answer(0, 1, { on: contender.on });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps }: { steps: number } = JSON.parse(line);
  await answer(performance.now(), steps);
}
process.exit();

async function answer(since: number, steps: number, more: object = {}): Promise<void> {
  const losses = [await contender.run(steps)].flat();
  writeSync(3, `${JSON.stringify({ milliseconds: performance.now() - since, losses, ...more })}\n`);
}
