/** The verdict on a learner's kernel, as the library returns it and `--json` prints it. */
import type { Dims } from "../../plan/contract.ts";

export const KERNEL_VERDICTS = ["right", "wrong", "error", "endless"] as const;

/** `error`: the text does not compile, or cannot be judged. `endless`: one of its loops does not end. */
export type KernelVerdict = (typeof KERNEL_VERDICTS)[number];

/** The kernel at one choice of sizes. */
export interface KernelRow {
  readonly sizes: Dims;
  readonly ok: boolean;
  /** The element that is furthest off; null if all are within the tolerance. */
  readonly worst: {
    readonly binding: string;
    readonly index: number;
    /** Null where it is not finite, or nothing was written. */
    readonly got: number | null;
    readonly want: number | null;
  } | null;
}

export interface KernelReport {
  readonly kind: "kernel";
  /** The exercise: the operation's name, or such as `repair.race`. */
  readonly op: string;
  /** Whether it is right, and training showed no difference. */
  readonly ok: boolean;
  readonly verdict: KernelVerdict;
  /** In the order in which they ran; none if the text did not run. */
  readonly cases: readonly KernelRow[];
  /** What is known of a wrong kernel: the mistake's name, with a sentence about its consequence. */
  readonly mistake: { readonly id: string; readonly says: string } | null;
  /** Why there is no verdict, or where a wrong kernel is furthest off. Begins with `line 7: ` or `line 7, column 3: ` if it is about a line. */
  readonly message: string | null;
  /** Absent if nothing trained. */
  readonly training?: {
    readonly steps: number;
    /** The first step, from 0, and the tensor in which the two kernels differ by more than rounding on the same inputs. */
    readonly firstDifference: { readonly step: number; readonly tensor: string } | null;
  };
}

export interface Place {
  readonly line: number;
  readonly column?: number;
}

/** A message with its place in front. */
export const atPlace = (place: Place | undefined, message: string): string => {
  if (!place) return message;
  const column = place.column === undefined ? "" : `, column ${place.column}`;
  return `line ${place.line}${column}: ${message}`;
};

/** The place that a message begins with, for an editor. */
export function placeOf(message: string): Place | undefined {
  const found = /^line (\d+)(?:, column (\d+))?: /.exec(message);
  if (!found) return undefined;
  const [, line, column] = found;
  return { line: Number(line), ...(column ? { column: Number(column) } : {}) };
}
