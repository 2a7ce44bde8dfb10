import type { CommonOptions } from "../options.ts";

export interface SweepOptions extends CommonOptions {
  readonly seeds?: number;
  readonly out?: string;
  readonly shard?: string;
  readonly merge?: readonly string[];
  readonly lrRange?: string;
  readonly dryRun: boolean;
  readonly keepAll: boolean;
  /** Seconds. */
  readonly saveEvery: number;
}
