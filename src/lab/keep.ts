/** Keeps runs in the browser's IndexedDB, in step with other tabs. */
import { batch } from "@preact/signals";
import { createStore, get } from "idb-keyval";
import { automaticName } from "./kept/naming.ts";
import { current, elsewhere, kept, unkept } from "./kept/state.ts";
import {
  type Change,
  type KeptCurves,
  type KeptRun,
  Runs,
  type RunToKeep,
  type SharedStore,
} from "./storage.ts";

let opened: ReturnType<typeof createStore> | undefined;
const database = () => (opened ??= createStore("backprop-ninja", "runs"));

const store: SharedStore = {
  get: (key) => get(key, database()),
  change: (prefixes, change) => database()("readwrite", (objects) => transact(objects, prefixes, change)),
};

const promised = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves once the browser has written it all, which may fail for lack of room. */
async function transact<T>(
  objects: IDBObjectStore,
  prefixes: readonly string[],
  change: Change<T>,
): Promise<T> {
  const { transaction } = objects;
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
  // Whoever waits hears of what comes first.
  done.catch(() => {});
  const ranges = prefixes.map((prefix) => IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  const [all, ...found] = await Promise.all([
    promised(objects.getAllKeys()),
    ...ranges.flatMap((range) => [promised(objects.getAllKeys(range)), promised(objects.getAll(range))]),
  ]);
  const pairs = ranges.flatMap((_, i) =>
    found[2 * i].map((key, k) => [String(key), found[2 * i + 1][k]] as const),
  );
  try {
    const { result, writes = new Map() } = change(new Map(pairs), (key) => all.includes(key));
    for (const [key, value] of writes) value === undefined ? objects.delete(key) : objects.put(value, key);
    await done;
    return result;
  } catch (error) {
    if (transaction.error === null && error !== transaction.error) abort(transaction);
    throw error;
  }
}

/** Unless it has ended. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {}
}

const runs = new Runs(store);

/** Tells other tabs that the list has changed. */
const channel = globalThis.BroadcastChannel && new BroadcastChannel("backprop-ninja runs");

/** Reads the list, now and whenever another tab may have changed it. */
export function followKept(): void {
  if (channel) channel.onmessage = () => void refresh();
  // Another tab that was closed has said nothing.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh();
  });
  addEventListener("focus", () => void refresh());
  void quietly(takeOld).then(refresh);
}

async function takeOld(): Promise<void> {
  if (!(await store.get("last-run"))) return;
  const { decodeCheckpoint } = await import("../train/checkpoint.ts");
  const told = runs.takeOld(({ checkpoint }) => {
    const { config } = decodeCheckpoint(checkpoint, "of the last run");
    // It has the path that was taken; which one was asked for is not known, and `auto` is most likely.
    const asked = { ...config, path: "auto" as const };
    return { config: asked, name: automaticName(asked) };
  });
  // One that nobody could go on with stays where it is.
  await told.catch((error: Error) => {
    if (error.name !== "CheckpointError") throw error;
  });
}

export async function refresh(): Promise<void> {
  await quietly(async () => {
    const [list, locks] = await Promise.all([runs.list(), navigator.locks?.query()]);
    const others = (locks?.held ?? []).map(({ name }) => name?.slice(LOCK.length) ?? "");
    batch(() => {
      kept.value = list;
      elsewhere.value = new Set(others.filter((id) => !held.has(id)));
    });
  });
}

/** The run that the page trains, as it is kept. */
interface Mine {
  /** Once it is kept. */
  id: string | undefined;
  /** What it is called until it has a name of its own, if not by its settings. */
  readonly name?: string;
  /** The step that it began at here: before the next one there is nothing to keep that is not kept, or in a file. */
  readonly begun: number;
}
let mine: Mine | undefined;

/** A new run, or one that is kept and goes on. */
export function begun(run: Mine): void {
  const before = mine?.id;
  mine = run;
  if (before !== undefined && before !== run.id) letGo(before);
  batch(() => {
    current.value = run.id;
    unkept.value = undefined;
  });
}

/** One after the other, as they came. */
let writing: Promise<void> = Promise.resolve();

/** Keeps the current run as it is now. */
export function keepRun({
  about,
  ...parts
}: Omit<RunToKeep, "about"> & { about: Omit<RunToKeep["about"], "name"> }): void {
  const run = mine;
  if (!run || about.step <= run.begun) return;
  const name = run.name ?? automaticName(about.config);
  writing = writing.then(async () => {
    try {
      const before = run.id;
      const { id } = await runs.keep(before, { about: { ...about, name }, ...parts });
      run.id = id;
      if (before !== undefined && before !== id) letGo(before);
      if (run === mine) await hold(id);
      if (run !== mine) letGo(id);
      else
        batch(() => {
          current.value = id;
          unkept.value = undefined;
        });
      tell();
    } catch (error) {
      if (run === mine) unkept.value = whyNot(error as Error, about.step);
    }
    await refresh();
  });
}

/** Keeps what the charts have got at a step that the current run is kept at. */
export function keepCurves(step: number, curves: KeptCurves): void {
  const run = mine;
  writing = writing.then(async () => {
    if (run?.id === undefined) return;
    await runs.note(run.id, step, curves).catch(() => {});
    tell();
    await refresh();
  });
}

function whyNot({ name, message }: Error, step: number): string {
  const at = step.toLocaleString("en");
  if (name === "QuotaExceededError")
    return `This browser has no room left to keep the run at step ${at}: delete runs in the list below, or save a checkpoint.`;
  return `The run is not kept at step ${at}: ${message || name}; or save a checkpoint.`;
}

/**
 * A run to go on with. If another tab has it open, it is a copy, which gets an entry of its own once it has trained.
 * @throws Error if it was deleted
 */
export async function take(id: string): Promise<KeptRun & { readonly copy: boolean }> {
  await writing;
  const alone = await hold(id);
  try {
    const found = await openKept(id);
    if (alone) await runs.claim(id);
    return { ...found, copy: !alone };
  } catch (error) {
    letGo(id);
    throw error;
  }
}

/**
 * A run to look at.
 * @throws Error if it was deleted
 */
export async function openKept(id: string): Promise<KeptRun> {
  const found = await runs.open(id);
  if (found) return found;
  await refresh();
  throw new Error("the run is no longer kept: another tab has deleted it");
}
export const curvesOf = (id: string): Promise<KeptCurves | undefined> => runs.curves(id);

/** @throws KeepingError */
export async function rename(id: string, name: string): Promise<void> {
  await runs.rename(id, name);
  tell();
  await refresh();
}

export async function remove(ids: readonly string[]): Promise<void> {
  for (const id of ids) await runs.delete(id);
  tell();
  await refresh();
}

const tell = (): void => channel?.postMessage("changed");

/** By these locks a tab knows which runs others have open; they end with their tab, however that ends. */
const LOCK = "backprop-ninja run ";
const held = new Map<string, () => void>();

/** @returns whether no other tab has it. Pages that are not secure have no locks: whoever goes on with a run last has it then. */
function hold(id: string): Promise<boolean> {
  if (held.has(id) || !navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const got = (lock: Lock | null): Promise<void> | undefined => {
      resolve(lock !== null);
      return lock ? new Promise((done) => held.set(id, done)) : undefined;
    };
    navigator.locks.request(LOCK + id, { ifAvailable: true }, got).catch(() => resolve(true));
  });
}

export function letGo(id: string): void {
  held.get(id)?.();
  held.delete(id);
}

/** A browser that stores nothing must not stop the page. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    unkept.value = `What this browser has kept of runs cannot be used: ${(error as Error).message}. Save checkpoints instead.`;
  }
}
