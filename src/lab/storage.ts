/** The last run, kept in the browser so that a reload loses nothing. */
import type { Backend } from "../train/open.ts";
import type { WordsChoice } from "./settings.ts";
import type { StoredHistory } from "./train/history.ts";
import type { Series } from "./train/series.ts";

/** What `idb-keyval` offers; a Map in tests. */
export interface Store {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  del(key: string): Promise<void>;
}

/** A store that several tabs share. */
export interface SharedStore extends Store {
  /** Replaces a value; no other tab reads or writes it meanwhile. */
  update(key: string, change: (old: unknown) => unknown): Promise<void>;
}

/** The user's own list, or the notebook's. The bundled one need not be kept. */
export interface KeptWords {
  readonly sha256: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface KeptRun {
  readonly version: 1;
  /** Which page wrote it, of all that are or were open; version 0.1.0 did not say. */
  readonly by?: string;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly step: number;
  readonly steps: number;
  readonly hidden: number;
  readonly backend: Backend;
  readonly words: WordsChoice;
  readonly source: { readonly source: string; readonly sha256: string };
  readonly checkpoint: Uint8Array;
  readonly history: StoredHistory;
  readonly devLosses: Series;
  readonly spreads: Series;
  readonly ratios: Series;
}

const RUN = "last-run";
/** Stored apart from the run, because a list can be large and does not change during a run. */
const WORDS = "last-run-words";

export class RunKeeper {
  readonly #store: SharedStore;
  /** The page that this keeper belongs to. */
  readonly #by = `${Date.now()} ${Math.random()}`;
  /** Which words it has stored; none are the bundled ones. */
  #words: string | undefined;

  constructor(store: SharedStore) {
    this.#store = store;
  }

  /**
   * Keeps a run with its words, in place of an earlier one of the same page; but not in place of a run that another tab or an earlier
   * visit has kept.
   * @returns whether it is kept
   */
  async keep(run: KeptRun, words?: KeptWords): Promise<boolean> {
    let free = false;
    await this.#store.update(RUN, (old) => {
      free = !isRun(old) || old.by === this.#by;
      return free ? { ...run, by: this.#by } : old;
    });
    if (free) await this.#keepWords(words);
    return free;
  }

  /** From now on the stored run, whoever wrote it, is this page's: to go on with, or to be overwritten. */
  takeOver(): Promise<void> {
    this.#words = undefined;
    return this.#store.update(RUN, (old) => (isRun(old) ? { ...old, by: this.#by } : old));
  }

  /** The stored run, unless another version of this page stored it or its words are gone. */
  async find(): Promise<{ run: KeptRun; words?: KeptWords } | undefined> {
    const run = await this.#store.get(RUN);
    if (!isRun(run)) return undefined;
    if (run.words === "bundled") return { run };
    const words = (await this.#store.get(WORDS)) as KeptWords | undefined;
    return words?.sha256 === run.source.sha256 ? { run, words } : undefined;
  }

  async forget(): Promise<void> {
    await this.#store.del(RUN);
    await this.#store.del(WORDS);
    this.#words = undefined;
  }

  /** A list can be large, and is stored once. */
  async #keepWords(words: KeptWords | undefined): Promise<void> {
    const mine = words?.sha256 ?? "bundled";
    if (mine === this.#words) return;
    await (words ? this.#store.set(WORDS, words) : this.#store.del(WORDS));
    this.#words = mine;
  }
}

/** Not if another version of this page stored it. */
const isRun = (stored: unknown): stored is KeptRun => (stored as Partial<KeptRun> | undefined)?.version === 1;
