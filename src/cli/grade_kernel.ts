/** `grade --op` for a learner's kernel. */
import { quote } from "../data/error.ts";
import { bundledExamples } from "../exercises/examples.ts";
import { readKernel } from "../exercises/files.ts";
import { KERNEL_TASKS } from "../exercises/kernels/catalogue.ts";
import { gradeKernel } from "../exercises/kernels/judge.ts";
import { type KernelTrained, trainKernelBeside, withKernelTraining } from "../exercises/kernels/train.ts";
import type { KernelTask } from "../exercises/kernels/types.ts";
import { readBytes } from "../node/files.ts";
import type { Machine } from "../plan/machine.ts";
import { ConfigError } from "../train/config.ts";
import { requireNoHints } from "./hints.ts";
import { exerciseFile, formatKernelHints, kernelSpellings, wantedKernelHints } from "./kernel_hints.ts";
import { formatKernelRows, formatKernelTraining, kernelVerdictOf } from "./kernel_verdicts.ts";
import { openFor } from "./machine.ts";
import type { GradeOptions } from "./options.ts";
import { type Output, output } from "./output.ts";

export async function gradeKernelFile(file: string, o: GradeOptions): Promise<void> {
  const task = taskOf(file, o);
  const hints = o.hint === undefined ? 0 : wantedKernelHints(o.hint, task);
  if (o.json) requireNoHints(o);
  if (o.exercise !== undefined)
    throw new ConfigError(
      `--exercise ${o.exercise} is for the notebook's lines, and ${file} is a kernel; leave it out`,
    );
  if (o.backend === "cpu")
    throw new ConfigError("--backend is cpu, but a kernel runs on a GPU or in software: leave it out");
  const out = output(o);
  const text = readKernel(readBytes(file, "file"), file);
  const machine = await openFor({ backend: "gpu" }, out);
  try {
    const { opened, name, kind } = machine;
    out.note(`${name}${kind === "software" ? " (software)" : ""}`);
    let report = await out.phase("judging the kernel", () =>
      gradeKernel(text, { op: task.name, device: opened!.device }),
    );
    const print = (lines: readonly string[]): void => lines.forEach(out.result);
    print(formatKernelRows(report, text));
    if (o.train !== undefined) {
      if (report.verdict === "right" || report.verdict === "wrong") {
        const trained = await train(text, task, o.train, machine, out);
        report = withKernelTraining(report, trained);
        print(formatKernelTraining(trained));
      } else out.note("nothing trains, since the kernel does not run");
    }
    if (hints > 0) print(formatKernelHints(task, hints));
    if (o.spellings && report.verdict === "right") print(kernelSpellings(task));
    out.event({ ...report });
    out.result(kernelVerdictOf(report, o));
    if (!report.ok) process.exitCode = 1;
  } finally {
    machine.close();
  }
}

/** What is asked of a kernel, as a file to begin with. */
export function showExercise(o: GradeOptions): void {
  if (o.op === undefined)
    throw new ConfigError(
      "missing required argument 'file': give a .py, .txt or .ipynb file, or a kernel (.wgsl) with --op",
    );
  const task = taskCalled(o.op);
  const out = output(o);
  const hints = o.hint === undefined ? 0 : wantedKernelHints(o.hint, task);
  if (o.train !== undefined || o.exercise !== undefined || o.json)
    throw new ConfigError("missing required argument 'file': there is nothing to judge");
  for (const line of hints > 0 ? formatKernelHints(task, hints) : exerciseFile(task)) out.result(line);
}

const NAMES = KERNEL_TASKS.map(({ name }) => name).join(", ");

/** @throws ConfigError */
function taskOf(file: string, { op }: GradeOptions): KernelTask {
  if (op === undefined)
    throw new ConfigError(`${file} is a kernel: say with --op which exercise it does, one of ${NAMES}`);
  return taskCalled(op);
}

function taskCalled(op: string): KernelTask {
  const task = KERNEL_TASKS.find(({ name }) => name === op);
  if (!task) throw new ConfigError(`--op is ${quote(op)}; it must be one of ${NAMES}`);
  return task;
}

async function train(
  text: string,
  task: KernelTask,
  steps: number,
  machine: Machine,
  out: Output,
): Promise<KernelTrained> {
  const examples = await bundledExamples();
  const bar = out.bar(steps);
  try {
    return await trainKernelBeside(text, {
      ...examples,
      op: task.name,
      machine,
      steps,
      onStep: (done, { yours }) => bar.update(done, `loss ${yours.toFixed(4)} with your kernel`),
    });
  } finally {
    bar.stop();
  }
}
