/** Ctrl-C, asked about instead of suffered: the first one is remembered, a second one ends the process. */
export interface Interrupt {
  /** Whether it has been pressed (or SIGTERM sent). */
  readonly asked: boolean;
  /** Gives signals back their usual meaning. */
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
