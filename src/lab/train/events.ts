/** A training session's messages to the page. Everything here can be posted from a worker. */
import type { Probe } from "./probe.ts";

export type SessionEvent =
  /** Losses of the steps from `first` on, and how fast they came. */
  | {
      readonly type: "losses";
      readonly first: number;
      readonly losses: Float32Array;
      readonly stepsPerSecond: number;
    }
  /** What the weights look like at this step. */
  | { readonly type: "probe"; readonly probe: Probe }
  /** What the dev losses at the tenths of the run say about it. */
  | { readonly type: "overfitting"; readonly note: string }
  /** The loss over the session's dev sample, Infinity where it overflows, and names drawn at the same weights. */
  | {
      readonly type: "sample";
      readonly step: number;
      readonly devLoss: number;
      readonly names: readonly string[];
    }
  /** How much of an evaluation of the whole splits is done, 0 to 1. */
  | { readonly type: "evaluating"; readonly share: number }
  /** The run as a file, to be kept in case the page is closed. */
  | { readonly type: "checkpoint"; readonly step: number; readonly bytes: Uint8Array };

export type Listener<E> = (event: E) => void;
