/** All commands in one program, and how their errors are printed. */
import { Command, CommanderError } from "commander";
import { oneLine } from "../data/error.ts";
import { KernelError } from "../gpu/pipelines.ts";
import { ConfigError } from "../train/config.ts";
import { checkCommand } from "./check.ts";
import { doctorCommand } from "./doctor.ts";
import { evaluateCommand } from "./evaluate.ts";
import { gradeCommand } from "./grade.ts";
import { withHint } from "./makemore.ts";
import { sampleCommand } from "./sample.ts";
import { sweepCommand } from "./sweep.ts";
import { trainCommand } from "./train.ts";
import { version } from "./version.ts";

/** Runs the command that the arguments name. If it fails, prints why on stderr, and sets the process's exit code. */
export async function execute(args: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    refuseOptionsNpmTook(program, args[0]);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // Commander has printed the help, or what is wrong with the arguments.
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
    if (error instanceof CommanderError) return;
    process.stderr.write(`error: ${refusalOf(error)}\n`);
    if (args.includes("--debug")) process.stderr.write(`${(error as Error).stack}\n`);
  }
}

export function createProgram(): Command {
  const program = new Command("backprop-ninja")
    .description("Train the BatchNorm character MLP of makemore part 4 on WebGPU, every gradient checked.")
    .addCommand(trainCommand())
    .addCommand(sweepCommand())
    .addCommand(checkCommand())
    .addCommand(sampleCommand())
    .addCommand(evaluateCommand())
    .addCommand(gradeCommand())
    .addCommand(doctorCommand());
  // Commander puts its suggestion ("Did you mean …") on a line of its own.
  const outputError = (text: string, write: (text: string) => void) =>
    write(`${oneLine(withHint(text.trimEnd().replace(/\n/g, " ")))}\n`);
  const number = version();
  for (const command of [program, ...program.commands])
    command
      .version(number, "--version", "print the version")
      // Refused below, by somebody who knows what they may be.
      .allowExcessArguments(command !== program)
      .showHelpAfterError(false)
      .configureOutput({ outputError })
      .exitOverride();
  return program.hook("preAction", (_, command) => refuseExcess(command));
}

/** @throws ConfigError for an argument without an option's name, with the option that it may belong to */
function refuseExcess(command: Command): void {
  const extra = command.args[command.registeredArguments.length];
  if (extra === undefined) return;
  const option = /\.safetensors$/.test(extra) ? ["--checkpoint", "--resume"] : ["--words"];
  const known = option.find((long) => command.options.some((o) => o.long === long));
  const hint = /[./]/.test(extra) && known ? `; is it ${known} ${extra}?` : "";
  throw new ConfigError(`too many arguments for '${command.name()}': ${extra}${hint}`);
}

/** npm swallows options that do not come after "--", and the command would run without them. */
function refuseOptionsNpmTook(program: Command, name: string | undefined): void {
  const command = program.commands.find((c) => c.name() === name);
  // npm has options of its own by these names: its configuration may set the first, and it always passes the second on.
  const npms = ["--json", "--prefix"];
  const taken = command?.options.find(
    ({ long }) => !npms.includes(long!) && `npm_config_${long?.slice(2).replaceAll("-", "_")}` in process.env,
  );
  if (taken)
    throw new Error(
      `npm took ${taken.long} for itself; put -- before the options: npm run ${command?.name()} -- ${taken.flags}`,
    );
}

/** An error's text: one line, even if a file name in it has line breaks; a kernel that does not compile is shown in full. */
export const refusalOf = (error: unknown): string => {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return error instanceof KernelError ? message : oneLine(message);
};
