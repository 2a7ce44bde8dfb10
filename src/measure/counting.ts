/** Counts the dispatches and submits of a piece of work, no matter what code makes them. */

export interface Counts {
  readonly dispatches: number;
  readonly submits: number;
}

/** Dispatches and submits during `work`. Counting slows it down: do not time it. */
export async function countCalls(work: () => Promise<void>): Promise<Counts> {
  const counts = { dispatches: 0, submits: 0 };
  const restore = [
    watch(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counts.dispatches++),
    watch(GPUComputePassEncoder.prototype, "dispatchWorkgroupsIndirect", () => counts.dispatches++),
    watch(GPUQueue.prototype, "submit", () => counts.submits++),
  ];
  try {
    await work();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}

/** Calls `seen` before each call of a method. @returns a function that stops this */
function watch<T extends object>(prototype: T, method: keyof T & string, seen: () => void): () => void {
  const original = prototype[method] as (...args: unknown[]) => unknown;
  const watched = function (this: T, ...args: unknown[]): unknown {
    seen();
    return original.apply(this, args);
  };
  Object.defineProperty(prototype, method, { value: watched, configurable: true, writable: true });
  return () =>
    void Object.defineProperty(prototype, method, { value: original, configurable: true, writable: true });
}
