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

/** The user's own list, or the notebook's. The bundled one need not be kept. */
export interface KeptWords {
  readonly sha256: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface KeptRun {
  readonly version: 1;
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
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  keep(run: KeptRun): Promise<void> {
    return this.#store.set(RUN, run);
  }

  keepWords(words: KeptWords): Promise<void> {
    return this.#store.set(WORDS, words);
  }

  /** The stored run, unless another version of this page stored it or its words are gone. */
  async find(): Promise<{ run: KeptRun; words?: KeptWords } | undefined> {
    const run = (await this.#store.get(RUN)) as Partial<KeptRun> | undefined;
    if (run?.version !== 1) return undefined;
    if (run.words === "bundled") return { run: run as KeptRun };
    const words = (await this.#store.get(WORDS)) as KeptWords | undefined;
    return words?.sha256 === run.source?.sha256 ? { run: run as KeptRun, words } : undefined;
  }

  async forget(): Promise<void> {
    await this.#store.del(RUN);
    await this.#store.del(WORDS);
  }
}
