#!/usr/bin/env node
/** The command line: `backprop-ninja train`, or `npm run train -- …` in a clone. */
import { Command } from "commander";
import { checkCommand } from "./check.ts";
import { doctorCommand } from "./doctor.ts";
import { evaluateCommand } from "./evaluate.ts";
import { sampleCommand } from "./sample.ts";
import { trainCommand } from "./train.ts";

const program = new Command("backprop-ninja")
  .description("Train the BatchNorm character MLP of makemore part 4 on WebGPU, every gradient checked.")
  .addCommand(trainCommand())
  .addCommand(checkCommand())
  .addCommand(sampleCommand())
  .addCommand(evaluateCommand())
  .addCommand(doctorCommand());
for (const command of program.commands) command.allowExcessArguments(false).showHelpAfterError(false);

// A reader that goes away, such as `head`, must not end a training run.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

program.parseAsync().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`error: ${message}\n`);
  if (process.argv.includes("--debug")) process.stderr.write(`${stack}\n`);
  process.exitCode = 1;
});
