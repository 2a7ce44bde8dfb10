/** Verdicts on lines while they are typed: when a text is judged, and what there is to see of it. */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { LineValues } from "../../exercises/judge.ts";
import type { LinesRow } from "../../exercises/report.ts";
import type { Judged, Question } from "./lines_judge.ts";
import type { LinesKey } from "./sheets.ts";

/** {@link JudgeLines}, or a stand-in. */
export interface Judges {
  judge(question: Question): Promise<Judged | undefined>;
  values(of: Judged, row: Pick<LinesRow, "name" | "exercise">): Promise<LineValues | undefined>;
}

/** Milliseconds: a text that is judged sooner than this is judged at each key, */
const SOON = 100;
/** and another one after so long without a key. */
const PAUSE = 50;

export class Judging {
  readonly #judges: Judges;
  readonly #save: (key: LinesKey) => Promise<void>;
  readonly #judged = signal<Readonly<Partial<Record<LinesKey, Judged>>>>({});
  readonly #busy = signal(false);
  readonly #problem = signal<Readonly<Partial<Record<LinesKey, string>>>>({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #took = 0;
  #newest = 0;

  /** @param save stores a text: each is stored before it is judged */
  constructor(judges: Judges, save: (key: LinesKey) => Promise<void>) {
    this.#judges = judges;
    this.#save = save;
  }

  /** The last verdict on each exercise's text. */
  get judged(): ReadonlySignal<Readonly<Partial<Record<LinesKey, Judged>>>> {
    return this.#judged;
  }

  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }

  /** Why there is no verdict on an exercise's text. */
  get problem(): ReadonlySignal<Readonly<Partial<Record<LinesKey, string>>>> {
    return this.#problem;
  }

  /** A text that is being typed. */
  soon(key: LinesKey, question: Question): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.now(key, question), this.#took < SOON ? 0 : PAUSE);
  }

  async now(key: LinesKey, question: Question): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#newest;
    this.#busy.value = true;
    try {
      await this.#save(key);
      if (mine !== this.#newest) return;
      const began = performance.now();
      const judged = await this.#judges.judge(question);
      if (!judged || mine !== this.#newest) return;
      this.#took = performance.now() - began;
      batch(() => {
        this.#judged.value = { ...this.#judged.value, [key]: judged };
        this.#say(key, undefined);
      });
    } catch (error) {
      if (mine === this.#newest) this.#say(key, (error as Error).message);
    } finally {
      if (mine === this.#newest) this.#busy.value = false;
    }
  }

  /** What was said about a text that is no longer there, and what was about to be. */
  forget(key: LinesKey): void {
    clearTimeout(this.#timer);
    this.#newest++;
    batch(() => {
      const { [key]: _, ...rest } = this.#judged.value;
      this.#judged.value = rest;
      this.#busy.value = false;
      this.#say(key, undefined);
    });
  }

  #say(key: LinesKey, problem: string | undefined): void {
    this.#problem.value = { ...this.#problem.value, [key]: problem };
  }

  async values(key: LinesKey, row: Pick<LinesRow, "name" | "exercise">): Promise<LineValues | undefined> {
    const judged = this.#judged.value[key];
    return judged && this.#judges.values(judged, row);
  }
}
