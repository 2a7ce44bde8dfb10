/** Which gradients the reader has solved here, from what the exercises have stored; their code need not be there. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { type Channel, heard, known, type Progress } from "../exercises/kept.ts";
import type { Store } from "../storage.ts";
import type { Exercise } from "./index.ts";

/** Exercise 4 asks for the gradients of exercise 1 again, and a notebook may have any, as `2/dlogits`. */
const KEYS = ["exercise-1", "exercise-2", "exercise-3", "exercise-4", "notebook"] as const;

export class Solved {
  readonly #store: Pick<Store, "get">;
  readonly #progress = signal<Readonly<Record<string, Progress>>>({});
  readonly #loaded = signal(false);

  /** @param channel on which the exercises say what they have stored, in this tab or another */
  constructor(store: Pick<Store, "get">, channel: Channel) {
    this.#store = store;
    channel.onmessage = ({ data }) => {
      const news = heard(data);
      if (news) this.#progress.value = { ...this.#progress.value, [news.key]: news.kept.progress };
    };
  }

  /** Whether the store has been read. */
  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded;
  }

  /** Reads the store; where that cannot be read, nothing is solved. */
  async load(): Promise<void> {
    const stored = await Promise.all(
      KEYS.map(async (key) => [key, known(await this.#store.get(key))?.progress ?? {}] as const),
    ).catch(() => []);
    this.#progress.value = { ...Object.fromEntries(stored), ...this.#progress.value };
    this.#loaded.value = true;
  }

  has(name: string, exercise: Exercise): boolean {
    const numbers = exercise === 1 ? [1, 4] : [exercise];
    const { value: progress } = this.#progress;
    return numbers.some(
      (number) =>
        progress[`exercise-${number}`]?.[name] === "right" ||
        progress.notebook?.[`${number}/${name}`] === "right",
    );
  }
}
