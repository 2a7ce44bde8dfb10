#!/usr/bin/env node
/** The command line: `backprop-ninja train`, or `npm run train -- …` in a clone. */
import { returnToUser } from "../node/folder.ts";
import { outliveTerminal } from "../node/terminal.ts";
import { execute } from "./program.ts";

const args = process.argv.slice(2);
// What `train` is for is the checkpoint: its run goes on and ends well whatever becomes of its output.
outliveTerminal({ result: args[0] !== "train" });
returnToUser(args[0]);
await execute(args);
