/** What has been found for lines before, so that a text in which one line has changed is judged at once. */
import type { Statement } from "./dialect/ast.ts";

/** Entries that are kept, and characters of a key: those of long lines would fill the memory. */
const MOST = 2_000;
const LONGEST_KEY = 20_000;

export class Memory<T> {
  readonly #entries = new Map<string, T>();

  /** @param lasts whether what is made now may be used again */
  get(key: string, make: () => T, lasts: () => boolean): T {
    const before = this.#entries.get(key);
    if (before !== undefined) return before;
    const made = make();
    if (!lasts() || key.length > LONGEST_KEY) return made;
    this.#entries.set(key, made);
    if (this.#entries.size > MOST) this.#entries.delete(this.#entries.keys().next().value!);
    return made;
  }
}

/** Lines as a key: their tree without its places. */
export const keyOf = (lines: readonly Statement[]): string =>
  JSON.stringify(lines, (key, value) =>
    key === "at" || key === "text" ? undefined : typeof value === "bigint" ? `${value}n` : value,
  );
