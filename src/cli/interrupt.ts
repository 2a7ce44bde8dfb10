/** Ctrl-C as a flag: the first press sets it, a second one ends the process. */
import { onTerminal } from "../node/terminal.ts";

export interface Interrupt {
  /** Whether Ctrl-C was pressed, SIGTERM sent, or the terminal closed. */
  readonly asked: boolean;
  /** Gives the signals their usual effect again. */
  release(): void;
}

export function catchInterrupt(): Interrupt {
  let asked = false;
  const remember = () => {
    asked = true;
  };
  process.once("SIGINT", remember);
  process.once("SIGTERM", remember);
  // Not once: a terminal that closes may send it twice, and so does the shell in it.
  if (onTerminal()) process.on("SIGHUP", remember);
  return {
    get asked() {
      return asked;
    },
    release: () => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, remember);
    },
  };
}
