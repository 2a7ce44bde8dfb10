/** What a learner may ask for beside the verdict on a kernel: the exercise itself, its hints, and how others write it. */
import { quote } from "../data/error.ts";
import { declarations } from "../exercises/kernels/compile.ts";
import type { KernelTask } from "../exercises/kernels/types.ts";
import { registry } from "../model/registry.ts";
import { started } from "../node/started.ts";
import { ConfigError } from "../train/config.ts";
import { block, hintLines } from "./hints.ts";

/** @param text `2` for the first two @throws ConfigError */
export function wantedKernelHints(text: string, { hints, name }: KernelTask): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > hints.length)
    throw new ConfigError(
      `--hint is ${quote(text)}; of ${name} it must be a number from 1 to ${hints.length}, which is how many of its hints are opened`,
    );
  return count;
}

export const formatKernelHints = (task: KernelTask, count: number): string[] =>
  hintLines(task, count, `${count + 1}`);

/** The project's plain kernel, others that are right, and where there is a faster one. */
export function kernelSpellings({ op, spellings: [ours, ...others] }: KernelTask): string[] {
  const fast = registry.find(({ name }) => name === op)?.fast !== undefined;
  return [
    "",
    ...block("the project's plain kernel", ours),
    ...others.flatMap((text) => block("or", text)),
    ...(fast ? [`  the fast one for your device: ${started("doctor", `--kernel ${op}`)}`] : []),
    "",
  ];
}

/** A line of a comment holds so many characters. */
const WIDTH = 110;

/** The exercise as a file: what is asked, what stands in front of it, and what it begins with. */
export function exerciseFile(task: KernelTask): string[] {
  const [{ dims }] = task.cases([64, 1, 1]);
  const [, math, ...declared] = declarations(task, dims).split("\n");
  return [
    ...comment(`${task.name}: ${task.asked}`),
    "//",
    math,
    "//",
    ...comment(`The grid: ${task.grid.text}`),
    "//",
    "// In front of this text stand its bindings and the sizes, which are others in each case:",
    ...declared.filter((line) => line !== "").map((line) => `//   ${line}`),
    "",
    task.stub,
  ];
}

function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`// ${word}`);
  }
  return lines;
}
