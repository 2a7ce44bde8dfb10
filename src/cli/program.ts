/** All commands in one program, and how their errors are printed. */
import { Command } from "commander";
import { oneLine } from "../data/error.ts";
import { KernelError } from "../gpu/pipelines.ts";
import { checkCommand } from "./check.ts";
import { doctorCommand } from "./doctor.ts";
import { evaluateCommand } from "./evaluate.ts";
import { sampleCommand } from "./sample.ts";
import { trainCommand } from "./train.ts";

export function createProgram(): Command {
  const program = new Command("backprop-ninja")
    .description("Train the BatchNorm character MLP of makemore part 4 on WebGPU, every gradient checked.")
    .addCommand(trainCommand())
    .addCommand(checkCommand())
    .addCommand(sampleCommand())
    .addCommand(evaluateCommand())
    .addCommand(doctorCommand());
  // Commander puts its suggestion ("Did you mean …") on a line of its own.
  const outputError = (text: string, write: (text: string) => void) =>
    write(`${oneLine(text.trimEnd().replace(/\n/g, " "))}\n`);
  for (const command of [program, ...program.commands])
    command.allowExcessArguments(false).showHelpAfterError(false).configureOutput({ outputError });
  return program;
}

/** An error's text: one line, even if a file name in it has line breaks; a kernel that does not compile is shown in full. */
export const refusalOf = (error: unknown): string => {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return error instanceof KernelError ? message : oneLine(message);
};
