#!/usr/bin/env node
/** The command line: `backprop-ninja train`, or `npm run train -- …` in a clone. */
import { execute } from "./program.ts";

// A pipe that closes early, as with `head`, must not end a training run.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

await execute(process.argv.slice(2));
