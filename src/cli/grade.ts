/** `grade`: lines of the notebook, or a kernel in WGSL. */
import { Command, Option } from "commander";
import { ConfigError } from "../train/config.ts";
import { BACKEND } from "../train/settings.ts";
import { type GradeOptions, number, QUIET } from "./options.ts";

export const gradeCommand = (): Command =>
  new Command("grade")
    .description(
      "Judges your own backward pass: every gradient in a file of the notebook's lines, or a kernel of your own in WGSL, with the mistake you made. Of a file of lines nothing is executed but its lines on tensors; a kernel runs on the GPU.",
    )
    .argument(
      "[file]",
      "a .py or .txt file, or a notebook (.ipynb), whose code cells are read in their order; with --op, a kernel (.wgsl)",
    )
    .addOption(
      new Option(
        "--exercise <number>",
        "the notebook's exercise, with what the file lacks of it (default: whatever the file defines)",
      ).choices(["1", "2", "3", "4"]),
    )
    .option(
      "--op <name>",
      "the exercise of a kernel, such as batchnorm.backward; without a file, shows what is asked, as a file to begin with",
    )
    .option(
      "--train <steps>",
      "train a network with the file's gradients (exercise 4, on the CPU), or with the kernel, beside one with the right ones",
      number,
    )
    .option(
      "--hint <tensor>",
      "a hint for one gradient, such as dprobs; dprobs:2 opens two of its six. For a kernel a number: 2 opens two",
    )
    .option(
      "--spellings",
      "below each line that is right, how the notebook and others write it; after a kernel that is right, the project's own and others",
      false,
    )
    .addOption(new Option("--backend <name>", "with --op: what runs the kernel").choices(BACKEND.choices))
    .option("--json", "one JSON object on stdout, and nothing else there", false)
    .option(...QUIET)
    .option("--debug", "show the stack of an error", false)
    .action(grade);

async function grade(file: string | undefined, o: GradeOptions): Promise<void> {
  const [{ MOST_STEPS }, { gradeKernelFile, showExercise }, { gradeLinesFile }] = await exercises();
  requireSteps(o, MOST_STEPS);
  if (file === undefined) return showExercise(o);
  if (/\.wgsl$/i.test(file)) return gradeKernelFile(file, o);
  for (const option of ["op", "backend"] as const)
    if (o[option] !== undefined)
      throw new ConfigError(
        `--${option} is for a kernel, which is a .wgsl file, and ${file} is none; leave --${option} out`,
      );
  return gradeLinesFile(file, o);
}

/** Loaded here, since they are more than half of the program, and no other command needs them. */
const exercises = () =>
  Promise.all([import("../exercises/train.ts"), import("./grade_kernel.ts"), import("./grade_lines.ts")]);

/** @throws ConfigError */
function requireSteps({ train, exercise }: GradeOptions, most: number): void {
  if (train === undefined) return;
  if (!Number.isInteger(train) || train < 1 || train > most)
    throw new ConfigError(`--train is ${train}; it must be a whole number from 1 to ${most}`);
  if (exercise !== undefined && exercise !== "4")
    throw new ConfigError(
      `--train cannot go with --exercise ${exercise}, since training is exercise 4; leave one of them out`,
    );
}
