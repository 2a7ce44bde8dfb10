/** What a sweep gets, and what it gives. */
import type { Dataset } from "../../src/data/examples.ts";
import type { OpenedDevice } from "../../src/gpu/device.ts";

export interface Sweep {
  readonly opened: OpenedDevice;
  readonly dataset: Dataset;
  /** Few sizes, to try it. */
  readonly quick: boolean;
  readonly note: (line: string) => void;
  /** Takes all that was found so far, again and again: whoever runs out of time keeps that. */
  readonly put: (swept: Swept) => void;
}

export interface Swept {
  /** What it says, a line each. */
  readonly found: readonly string[];
  readonly rows: readonly unknown[];
}
