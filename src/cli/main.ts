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
// Commander puts its suggestion ("Did you mean …") on a line of its own.
const outputError = (text: string, write: (text: string) => void) => write(text.replace(/\n(?=.)/g, " "));
for (const command of [program, ...program.commands])
  command.allowExcessArguments(false).showHelpAfterError(false).configureOutput({ outputError });

// A reader that goes away, such as `head`, must not end a training run.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** npm keeps options that do not come after "--", and the command would run without them. */
function refuseOptionsNpmTook(): void {
  const command = program.commands.find((c) => c.name() === process.argv[2]);
  // npm has an option --json of its own, which may stand in its settings.
  const taken = command?.options.find(
    ({ long }) => long !== "--json" && `npm_config_${long?.slice(2).replaceAll("-", "_")}` in process.env,
  );
  if (taken)
    throw new Error(
      `npm took ${taken.long} for itself; put -- before the options: npm run ${command?.name()} -- ${taken.flags}`,
    );
}

async function main(): Promise<void> {
  refuseOptionsNpmTook();
  await program.parseAsync();
}

main().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`error: ${message}\n`);
  if (process.argv.includes("--debug")) process.stderr.write(`${stack}\n`);
  process.exitCode = 1;
});
