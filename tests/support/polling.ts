/**
 * Loaded for its effect. Dawn's binding for Node looks for finished work in every turn of the event loop, by `setImmediate`, so that a core
 * does nothing else while it waits: on two cores, half of what a software device compiles with. From here on it looks once a millisecond.
 */
globalThis.setImmediate = ((work: (...args: unknown[]) => void, ...args: unknown[]) =>
  setTimeout(work, 1, ...args)) as unknown as typeof setImmediate;
globalThis.clearImmediate = clearTimeout as typeof clearImmediate;
