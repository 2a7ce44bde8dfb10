#!/usr/bin/env node
/** The command line: `backprop-ninja train`, or `npm run train -- …` in a clone. */
import { createProgram, refusalOf } from "./program.ts";

const program = createProgram();

// A pipe that closes early, as with `head`, must not end a training run.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** npm swallows options that do not come after "--", and the command would run without them. */
function refuseOptionsNpmTook(): void {
  const command = program.commands.find((c) => c.name() === process.argv[2]);
  // npm has its own option --json, which may be set in its configuration.
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
  process.stderr.write(`error: ${refusalOf(error)}\n`);
  if (process.argv.includes("--debug")) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
});
