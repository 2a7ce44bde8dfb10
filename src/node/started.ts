/** How a user starts a command: messages name it so, to be typed as it stands. */
import { basename, dirname } from "node:path";

/** What started this process. */
export interface Start {
  /** Of a module of ours: in a clone it is a source, and a package.json has a script for each command. */
  readonly module: string;
  /** The program's path, as it was called. */
  readonly program: string | undefined;
  /** npm's own command, if npm is above: "exec" for npx, "run-script" for a script. */
  readonly npm: string | undefined;
}

const here = (): Start => ({
  module: import.meta.url,
  program: process.argv[1],
  npm: process.env.npm_command,
});

/** A command with its arguments, such as `npm run train -- --resume x.safetensors`, or `npx backprop-ninja train --resume x.safetensors`. */
export function started(command: string, args = "", { module, program = "", npm }: Start = here()): string {
  if (module.endsWith(".ts")) return `npm run ${command}${args && ` -- ${args}`}`;
  const installedForAll =
    npm === undefined && basename(program) === "backprop-ninja" && basename(dirname(program)) !== ".bin";
  return `${installedForAll ? "" : "npx "}backprop-ninja ${command}${args && ` ${args}`}`;
}
