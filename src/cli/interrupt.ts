/** Ctrl-C as a flag: the first press sets it, a second one ends the process. */
export interface Interrupt {
  /** Whether Ctrl-C was pressed, or SIGTERM sent. */
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
  return {
    get asked() {
      return asked;
    },
    release: () => {
      process.off("SIGINT", remember);
      process.off("SIGTERM", remember);
    },
  };
}
