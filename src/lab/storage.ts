/** The runs that a browser keeps, by name: one is lost when its reader deletes it, and in no other way. */
import { count } from "../plan/count.ts";
import type { Broken } from "../train/broken.ts";
import type { WordSource } from "../train/checkpoint.ts";
import type { TrainConfig } from "../train/config.ts";
import type { Backend } from "../train/open.ts";
import type { StepEvent } from "./charts/chart.ts";
import type { WordsChoice } from "./settings.ts";
import { LossHistory, type StoredHistory } from "./train/history.ts";
import type { Series } from "./train/series.ts";

/** What `idb-keyval` offers; a Map in tests. */
export interface Store {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  del(key: string): Promise<void>;
}

/** A store that several tabs share. */
export interface SharedStore {
  get(key: string): Promise<unknown>;
  /**
   * One transaction: no other tab reads or writes meanwhile, and all is written or nothing.
   * @param prefixes whose values `change` is given, by key
   */
  change<T>(prefixes: readonly string[], change: Change<T>): Promise<T>;
}

/** @returns a result, and what to write: `undefined` deletes. If it throws, nothing is written. */
export type Change<T> = (
  found: ReadonlyMap<string, unknown>,
  has: (key: string) => boolean,
) => { readonly result: T; readonly writes?: ReadonlyMap<string, unknown> };

/** The user's own list, or the notebook's. The bundled one need not be kept. */
export interface KeptWords {
  readonly sha256: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What there is to say of a run without its weights and curves. */
interface Told {
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly step: number;
  /** As it was asked for: `path` may be `auto`. */
  readonly config: TrainConfig;
  readonly backend: Backend;
  readonly words: WordsChoice;
  readonly source: WordSource;
  /** The smoothed loss and the last one of dev, if there are any. */
  readonly loss?: number;
  readonly dev?: number;
  /** It was trained with a wrong gradient on purpose. */
  readonly broken?: Broken;
  /** Its settings were changed under way. */
  readonly changes?: readonly StepEvent[];
}

export interface About extends Told {
  readonly version: 2;
  readonly id: string;
  /** No two runs have the same. */
  readonly name: string;
  /** When it was first kept, in milliseconds since 1970. */
  readonly since: number;
  /** The page that may write it, of all that are or were open. */
  readonly by: string;
  /** Room that it takes, without its words. */
  readonly bytes: number;
}

/** What a run's charts show. */
export interface KeptCurves {
  readonly history: StoredHistory;
  readonly devLosses: Series;
  readonly spreads: Series;
  readonly ratios: Series;
}

interface Parts {
  readonly curves: KeptCurves;
  readonly checkpoint: Uint8Array;
  /** None for the bundled ones. */
  readonly words?: KeptWords;
}

export interface RunToKeep extends Parts {
  /** With what it is called when it is first kept, unless another run has that name. */
  readonly about: Told & { readonly name: string };
}

export interface KeptRun extends Parts {
  readonly about: About;
}

/** A run cannot be kept or renamed; the message says what to do. */
export class KeepingError extends Error {
  override name = "KeepingError";
}

/** So many runs are kept by themselves. */
export const MOST_RUNS = 50;
const LONGEST_NAME = 80;

const [ABOUT, CURVES, WEIGHTS, WORDS] = ["run:", "curves:", "weights:", "words:"];

export class Runs {
  readonly #store: SharedStore;
  readonly #page: string;

  /** @param page names the page that asks, among all that ever do */
  constructor(store: SharedStore, page = unique()) {
    this.#store = store;
    this.#page = page;
  }

  /** The one that began last comes first: that order stays while they go on. */
  list(): Promise<About[]> {
    return this.#store.change([ABOUT], (found) => ({
      result: known(found).sort((a, b) => b.since - a.since),
    }));
  }

  /**
   * Keeps a run, in place of what was kept of it before. If another page has gone on with that since, or it was deleted, this is a run of
   * its own.
   * @param id of the run, once it was kept
   * @throws KeepingError if there are too many
   */
  keep(id: string | undefined, { about, curves, checkpoint, words }: RunToKeep): Promise<About> {
    return this.#store.change([ABOUT], (found, has) => {
      const runs = known(found);
      const before = runs.find((run) => run.id === id && run.by === this.#page);
      if (!before && runs.length >= MOST_RUNS)
        throw new KeepingError(
          `${count(MOST_RUNS)} runs are kept, and no more are by themselves: delete some in the list`,
        );
      const kept: About = {
        ...about,
        name: before?.name ?? freeName(about.name, runs),
        version: 2,
        id: before?.id ?? unique(),
        since: before?.since ?? about.savedAt,
        by: this.#page,
        bytes: checkpoint.byteLength + sizeOf(curves),
      };
      const writes = new Map<string, unknown>([
        [ABOUT + kept.id, kept],
        [CURVES + kept.id, curves],
        [WEIGHTS + kept.id, checkpoint],
      ]);
      // A list can be large.
      if (words && !has(WORDS + words.sha256)) writes.set(WORDS + words.sha256, words);
      return { result: kept, writes };
    });
  }

  /** What has come of a run since it was kept, at the same step. */
  note(id: string, step: number, curves: KeptCurves): Promise<void> {
    return this.#store.change([ABOUT], (found) => {
      const run = known(found).find((r) => r.id === id && r.by === this.#page && r.step === step);
      if (!run) return { result: undefined };
      const about: About = { ...run, ...lossesOf(curves) };
      const writes = new Map<string, unknown>([
        [ABOUT + id, about],
        [CURVES + id, curves],
      ]);
      return { result: undefined, writes };
    });
  }

  /** With all that it takes to go on; undefined if it was deleted. */
  async open(id: string): Promise<KeptRun | undefined> {
    const keys = [ABOUT, CURVES, WEIGHTS].map((part) => part + id);
    const [about, curves, checkpoint] = (await Promise.all(keys.map((key) => this.#store.get(key)))) as [
      About?,
      KeptCurves?,
      Uint8Array?,
    ];
    if (!about || !isAbout(about) || !curves || !checkpoint) return undefined;
    const words = (await this.#store.get(WORDS + about.source.sha256)) as KeptWords | undefined;
    return { about, curves, checkpoint, words };
  }

  async curves(id: string): Promise<KeptCurves | undefined> {
    return (await this.#store.get(CURVES + id)) as KeptCurves | undefined;
  }

  /** From now on this page writes the run, and no other. */
  claim(id: string): Promise<void> {
    return this.#update(id, (run) => ({ ...run, by: this.#page }));
  }

  /** @throws KeepingError for no name, a long one, or another run's */
  rename(id: string, wanted: string): Promise<void> {
    const name = wanted.trim().replaceAll(/\s+/g, " ");
    return this.#update(id, (run, others) => {
      if (name === "") throw new KeepingError("a run needs a name; give it one");
      if (name.length > LONGEST_NAME)
        throw new KeepingError(
          `the name has ${name.length} characters, and ${LONGEST_NAME} is the most; give a shorter one`,
        );
      if (others.some((other) => other.name === name))
        throw new KeepingError(`another run is called “${name}”; give a name that no run has`);
      return { ...run, name };
    });
  }

  /** Deletes a run, and its words if no other run needs them. */
  delete(id: string): Promise<void> {
    return this.#store.change([ABOUT], (found) => {
      const runs = known(found);
      const { source } = runs.find((run) => run.id === id) ?? {};
      const writes = new Map<string, unknown>([ABOUT, CURVES, WEIGHTS].map((part) => [part + id, undefined]));
      if (source && !runs.some((run) => run.id !== id && run.source.sha256 === source.sha256))
        writes.set(WORDS + source.sha256, undefined);
      return { result: undefined, writes };
    });
  }

  /**
   * Takes over the run that a page of 0.1.0, or a later one with room for a single run, has kept.
   * @param tell what its checkpoint says of it, and what it would be called
   */
  takeOld(tell: (old: OldRun) => Pick<About, "config" | "name">): Promise<void> {
    return this.#store.change([OLD, ABOUT], (found) => {
      const old = found.get(OLD);
      if (!isOld(old)) return { result: undefined };
      const { history, devLosses, spreads, ratios, checkpoint, savedAt, step, backend, source } = old;
      const curves = { history, devLosses, spreads, ratios };
      const { config, name } = tell(old);
      const about: About = {
        ...{ savedAt, step, backend, source, words: old.words, config },
        ...lossesOf(curves),
        name: freeName(name, known(found)),
        version: 2,
        id: unique(),
        since: savedAt,
        by: old.by ?? "",
        bytes: checkpoint.byteLength + sizeOf(curves),
      };
      const words = found.get(OLD_WORDS) as KeptWords | undefined;
      const writes = new Map<string, unknown>([
        [ABOUT + about.id, about],
        [CURVES + about.id, curves],
        [WEIGHTS + about.id, checkpoint],
        [OLD, undefined],
        [OLD_WORDS, undefined],
      ]);
      if (words?.sha256 === source.sha256) writes.set(WORDS + words.sha256, words);
      return { result: undefined, writes };
    });
  }

  #update(id: string, change: (run: About, others: readonly About[]) => About): Promise<void> {
    return this.#store.change([ABOUT], (found) => {
      const runs = known(found);
      const run = runs.find((r) => r.id === id);
      if (!run) throw new KeepingError("the run is no longer kept: another tab has deleted it");
      const others = runs.filter((r) => r !== run);
      return { result: undefined, writes: new Map([[ABOUT + id, change(run, others)]]) };
    });
  }
}

/** What the list says of losses. */
export function lossesOf({ history, devLosses }: Pick<KeptCurves, "history" | "devLosses">) {
  const loss = new LossHistory(history).curves().smoothed.at(-1);
  const dev = devLosses.rows.at(-1)?.[0];
  return { ...(loss !== undefined && { loss }), ...(dev !== undefined && { dev }) };
}

const OLD = "last-run";
const OLD_WORDS = "last-run-words";

/** The one run that there was room for. */
export interface OldRun extends KeptCurves {
  readonly version: 1;
  readonly by?: string;
  readonly savedAt: number;
  readonly step: number;
  readonly backend: Backend;
  readonly words: WordsChoice;
  readonly source: WordSource;
  readonly checkpoint: Uint8Array;
}

const isOld = (stored: unknown): stored is OldRun =>
  (stored as Partial<OldRun> | undefined)?.version === 1 && (stored as OldRun).step > 0;

const isAbout = (stored: unknown): stored is About => (stored as Partial<About> | undefined)?.version === 2;

/** Those of this version; others stay where they are. */
const known = (found: ReadonlyMap<string, unknown>): About[] => [...found.values()].filter(isAbout);

/** The name itself, or with the least number behind it that makes it unlike the others'. */
function freeName(name: string, runs: readonly About[]): string {
  const taken = new Set(runs.map((run) => run.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  return free;
}

const sizeOf = ({ history, devLosses, spreads, ratios }: KeptCurves): number =>
  history.sums.byteLength +
  history.least.byteLength +
  history.most.byteLength +
  [devLosses, spreads, ratios].reduce(
    (sum, { steps, rows }) => sum + 8 * steps.length * (1 + (rows[0]?.length ?? 0)),
    0,
  );

/** `crypto.randomUUID` is missing where a page is not secure. */
const unique = (): string => `${Date.now()}-${Math.random().toString(36).slice(2)}`;
