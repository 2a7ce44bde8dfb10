/**
 * The reader's texts in the browser's store, one for each exercise. A text is stored a moment after the last key, before it runs, and when
 * the page is left. Other tabs hear of what is stored.
 */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Store } from "../storage.ts";
import { type Channel, heard, type Kept, known, type Progress, type Stored } from "./kept.ts";

type All<T> = Readonly<Record<string, T>>;

/** Milliseconds without a key after which a text is stored. */
const PAUSE = 300;

/** Where a text waits that another tab's has overtaken, until the reader has chosen between them. */
const aside = (key: string): string => `aside:${key}`;

export class Texts {
  readonly #store: Store;
  readonly #channel: Channel;
  readonly #now: () => number;
  readonly #kept = signal<All<Kept>>({});
  readonly #others = signal<All<Kept>>({});
  readonly #loaded = signal(false);
  readonly #problem = signal<string | undefined>(undefined);
  /** Hears of a text that another tab's has replaced. */
  onAdopted: (key: string) => void = () => {};
  /** Changed and not stored yet, with the timer that will store them. */
  readonly #unsaved = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  /** When the text was changed that was stored last, here or by another tab. */
  readonly #stored = new Map<string, number>();
  /** The last write of each text. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(store: Store, channel: Channel, now: () => number = Date.now) {
    this.#store = store;
    this.#channel = channel;
    this.#now = now;
    channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** What there is by key. An exercise that nobody has begun has no entry. */
  get kept(): ReadonlySignal<All<Kept>> {
    return this.#kept;
  }

  /** Another tab's text, where both were changed. */
  get others(): ReadonlySignal<All<Kept>> {
    return this.#others;
  }

  /** Whether the store has been read. */
  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded;
  }

  /** Why nothing is kept across a reload. */
  get problem(): ReadonlySignal<string | undefined> {
    return this.#problem;
  }

  async load(keys: readonly string[]): Promise<void> {
    const [kept, others]: Record<string, Kept>[] = [{}, {}];
    await this.#attempt(() =>
      Promise.all(
        keys.map(async (key) => {
          const [stored, own] = (await Promise.all([key, aside(key)].map((k) => this.#store.get(k)))).map(
            known,
          );
          const mine = own ?? stored;
          if (mine) kept[key] = mine;
          if (stored) this.#stored.set(key, stored.changedAt);
          if (own && stored && own.text !== stored.text) others[key] = stored;
        }),
      ),
    );
    batch(() => {
      this.#kept.value = { ...kept, ...this.#kept.value };
      this.#others.value = { ...others, ...this.#others.value };
      this.#loaded.value = true;
    });
  }

  /** The reader has changed a text. @param from the file that it is from */
  change(key: string, text: string, from?: string): void {
    const before = this.#kept.value[key];
    if (before?.text === text && before.from === from) return;
    this.#put(key, {
      version: 1,
      text,
      progress: before?.progress ?? {},
      changedAt: this.#now(),
      ...(from === undefined ? {} : { from }),
    });
    this.#later(key);
  }

  /** New verdicts on a text; `text` is where it begins if nobody has changed it. */
  record(key: string, progress: Progress, text: string): void {
    const before = this.#kept.value[key];
    if (same(before?.progress ?? {}, progress)) return;
    this.#put(key, { ...(before ?? { version: 1, text, changedAt: this.#now() }), progress });
    this.#later(key);
  }

  /** Resolves once the text is stored, or cannot be, which `problem` then says. */
  async save(key: string): Promise<void> {
    if (this.#unsaved.has(key)) this.#write(key);
    await this.#writes.get(key);
  }

  /** Stores whatever is not stored yet: the page is being left. */
  flush(): void {
    for (const key of [...this.#unsaved.keys()]) this.#write(key);
  }

  /** The other tab's text instead of one's own. */
  useOther(key: string): void {
    const other = this.#others.value[key];
    if (!other) return;
    batch(() => {
      this.#adopt(key, other);
      this.#forgetOther(key);
    });
    this.#enqueue(key, () => this.#store.del(aside(key)));
  }

  /** One's own text, in the other tab too. */
  keepMine(key: string): void {
    if (!this.#others.value[key]) return;
    batch(() => {
      this.#put(key, { ...this.#kept.value[key], changedAt: this.#now() });
      this.#forgetOther(key);
    });
    this.#write(key);
    this.#enqueue(key, () => this.#store.del(aside(key)));
  }

  #put(key: string, kept: Kept): void {
    this.#kept.value = { ...this.#kept.value, [key]: kept };
  }

  #forgetOther(key: string): void {
    const { [key]: _, ...rest } = this.#others.value;
    this.#others.value = rest;
  }

  #later(key: string): void {
    clearTimeout(this.#unsaved.get(key));
    this.#unsaved.set(
      key,
      setTimeout(() => this.#write(key), PAUSE),
    );
  }

  #clean(key: string): void {
    clearTimeout(this.#unsaved.get(key));
    this.#unsaved.delete(key);
  }

  #write(key: string): void {
    this.#clean(key);
    const kept = this.#kept.value[key];
    const waits = this.#others.value[key] !== undefined;
    this.#enqueue(key, async () => {
      try {
        await this.#store.set(waits ? aside(key) : key, kept);
      } catch (error) {
        // Tried again with the next change, or when the page is left.
        if (!this.#unsaved.has(key)) this.#unsaved.set(key, undefined);
        throw error;
      }
      if (waits) return;
      this.#stored.set(key, kept.changedAt);
      this.#channel.postMessage({ key, kept } satisfies Stored);
    });
  }

  /** After the writes of this text that are under way. At once if there are none: a page that is being left has no later. */
  #enqueue(key: string, work: () => Promise<void>): void {
    const before = this.#writes.get(key);
    const mine = (before ? before.then(() => this.#attempt(work)) : this.#attempt(work)).then(() => {
      if (this.#writes.get(key) === mine) this.#writes.delete(key);
    });
    this.#writes.set(key, mine);
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#problem.value = undefined;
    } catch (error) {
      const why = (error as Error).message || (error as Error).name;
      this.#problem.value = `This browser cannot keep your text across a reload: ${why}. Export it to a file instead.`;
    }
  }

  /** Another tab has stored a text. */
  #hear(message: unknown): void {
    const news = heard(message);
    if (!news) return;
    const { key, kept: other } = news;
    const own = this.#kept.value[key];
    const stored = this.#stored.get(key);
    if (own && own.changedAt !== stored) {
      // What the other tab has is news only if its text is another one than this one began from.
      if (own.text !== other.text && other.changedAt !== stored)
        this.#others.value = { ...this.#others.value, [key]: other };
    } else if (!own || own.text === other.text || own.changedAt < other.changedAt) this.#adopt(key, other);
    // Both were stored at almost the same time: the newer one stays, and the store may have the older one.
    else this.#write(key);
  }

  #adopt(key: string, other: Kept): void {
    const { [key]: own } = this.#kept.value;
    this.#clean(key);
    this.#stored.set(key, other.changedAt);
    this.#put(key, other);
    if (own?.text !== other.text) this.onAdopted(key);
  }
}

const same = (a: Progress, b: Progress): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);
