/** What the exercises keep in the browser, for whoever reads it. */
import type { KernelVerdict } from "../../exercises/kernels/report.ts";
import type { Verdict } from "../../exercises/report.ts";

/** Of the database, and of the channel on which tabs hear what has been stored. */
export const NAME = "backprop-ninja-exercises";
/** The database's store of texts. */
export const TEXTS = "texts";

/** The last verdicts, by what they are about. */
export type Progress = Readonly<Record<string, Verdict | KernelVerdict>>;

/** A text, by its exercise's key. */
export interface Kept {
  readonly version: 1;
  readonly text: string;
  readonly progress: Progress;
  /** Milliseconds since 1970 at the last change of the text. */
  readonly changedAt: number;
  /** The file that the text is from, as long as nobody has edited it. */
  readonly from?: string;
}

/** What a BroadcastChannel offers. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** What a tab tells the others. */
export interface Stored {
  readonly key: string;
  readonly kept: Kept;
}

/** A stored text of this version. */
export function known(stored: unknown): Kept | undefined {
  const kept = stored as Partial<Kept> | undefined;
  return kept?.version === 1 && typeof kept.text === "string" ? (kept as Kept) : undefined;
}

/** A message of another tab, unless another version of this page has sent it. */
export function heard(message: unknown): Stored | undefined {
  const { key, kept } = (message ?? {}) as { key?: unknown; kept?: unknown };
  const stored = known(kept);
  return typeof key === "string" && stored ? { key, kept: stored } : undefined;
}
