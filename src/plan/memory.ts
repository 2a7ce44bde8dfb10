/** Refuses what does not fit into memory before any of it is allocated. */
import { count } from "./count.ts";
import { type Plan, size } from "./plan.ts";

/** Sizes that do not fit into memory: one line with the bytes, what is free, and the remedy. */
export class MemoryError extends RangeError {
  override name = "MemoryError";
}

/** Bytes assumed to be free in a page, which cannot ask: more than any browser gives one. */
const UNKNOWN = 2 ** 32;

/** Bytes that are free, as far as is known. */
export const freeMemory = (): number =>
  typeof process === "undefined" ? UNKNOWN : (process.availableMemory?.() ?? UNKNOWN);

/**
 * Called before anything is allocated, since systems promise more memory than they have and kill the process that uses it.
 * @throws MemoryError
 */
export function requireMemory(what: string, bytes: number): void {
  const free = freeMemory();
  if (bytes <= free) return;
  throw new MemoryError(
    `${what} needs ${count(bytes)} bytes of memory, and ${count(free)} are free: use a smaller hidden size, batch, embedding or context`,
  );
}

/** {@link requireMemory} of all of a plan's tensors. */
export const requireMemoryOf = (plan: Plan, bytesPerElement: number): void =>
  requireMemory(
    `plan ${plan.name}`,
    [...plan.tensors.values()].reduce((sum, t) => sum + (t.view ? 0 : bytesPerElement * size(t)), 0),
  );
