/** What a run of the benchmark measures, and how thoroughly. */
import type { Effort } from "../src/measure/sampling.ts";
import type { Shape } from "../src/measure/shape.ts";

export interface Settings {
  /** For floor, roof and kernels. */
  readonly kernels: Effort;
  /** For whole steps; `budgetMs` is for one path at one size, without its check. */
  readonly steps: Effort;
  /** For populations; `budgetMs` is for all populations of one shape, without their checks. */
  readonly populations: Effort;
  /** For a profile; `budgetMs` is for the samples of all its rows. */
  readonly profile: Effort;
  /** Every kernel is timed at its sizes in the steps of these networks. */
  readonly kernelShapes: readonly Shape[];
  /** Side of the square matmuls that are compared with the FMA peak. */
  readonly squareMatmul: number;
  /** Whether the plain kernels are timed beside the fast ones. */
  readonly plain: boolean;
  /** Milliseconds for all kernels; those that do not fit are skipped, with a line that says so. */
  readonly kernelsBudgetMs: number;
  readonly grid: readonly Shape[];
  /** How many networks train side by side, and their shapes. */
  readonly networks: readonly number[];
  readonly populationShapes: readonly Shape[];
  /** After this many milliseconds nothing new is started. */
  readonly totalMs: number;
}

const SEED: Shape = { hidden: 64, batch: 32 };
const WIDE: Shape = { hidden: 200, batch: 32 };
const BIG: Shape = { hidden: 1024, batch: 1024 };

export const FULL: Settings = {
  kernels: { samples: 9, sampleMs: 20, budgetMs: 2000 },
  steps: { samples: 7, sampleMs: 200, budgetMs: 20_000 },
  populations: { samples: 15, sampleMs: 500, budgetMs: 60_000 },
  profile: { samples: 9, sampleMs: 20, budgetMs: 30_000 },
  kernelShapes: [SEED, BIG],
  squareMatmul: 1024,
  plain: true,
  kernelsBudgetMs: 600_000,
  grid: [32, 256, 1024, 8192].flatMap((batch) => [64, 200, 1024, 4096].map((hidden) => ({ hidden, batch }))),
  networks: [1, 2, 4, 16, 64, 256, 1024],
  populationShapes: [SEED, WIDE],
  totalMs: 3_600_000,
};

/** Within a minute on two cores that emulate a GPU. */
export const QUICK: Settings = {
  kernels: { samples: 5, sampleMs: 10, budgetMs: 100 },
  steps: { samples: 5, sampleMs: 50, budgetMs: 5000 },
  populations: { samples: 5, sampleMs: 100, budgetMs: 2000 },
  profile: { samples: 5, sampleMs: 20, budgetMs: 8000 },
  kernelShapes: [SEED, BIG],
  squareMatmul: 512,
  plain: false,
  kernelsBudgetMs: 28_000,
  grid: [SEED, WIDE, BIG],
  networks: [1, 2, 64],
  populationShapes: [SEED, WIDE],
  totalMs: 48_000,
};

/** Lists of sizes on the command line: `64x32,200x32`, hidden × batch. */
export function parseShapes(text: string): Shape[] {
  return text.split(",").map((part) => {
    const [, hidden, batch] = /^(\d{1,6})x(\d{1,6})$/.exec(part.trim()) ?? [];
    if (!(Number(hidden) >= 1 && Number(batch) >= 2))
      throw new RangeError(
        `"${part}" is not hidden x batch, such as 64x32 (a batch has at least 2 examples)`,
      );
    return { hidden: Number(hidden), batch: Number(batch) };
  });
}
