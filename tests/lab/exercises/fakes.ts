/** A store and tabs without a browser. */
import type { Channel } from "../../../src/lab/exercises/kept.ts";
import type { Store } from "../../../src/lab/storage.ts";

/** As IndexedDB: what is stored is a copy, and is there a moment later. */
export class FakeStore implements Store {
  readonly map = new Map<string, unknown>();
  writes = 0;
  /** Why nothing can be stored or read. */
  refuses: string | undefined;

  async get(key: string): Promise<unknown> {
    this.#check();
    return structuredClone(this.map.get(key));
  }
  async set(key: string, value: unknown): Promise<void> {
    this.writes++;
    this.#check();
    const copy = structuredClone(value);
    await Promise.resolve();
    this.map.set(key, copy);
  }
  async del(key: string): Promise<void> {
    this.#check();
    this.map.delete(key);
  }
  #check(): void {
    if (this.refuses) throw new Error(this.refuses);
  }
}

/** Channels that hear one another, like those of the tabs of one browser. */
export function hub(): () => Channel {
  const all = new Set<Channel>();
  return () => {
    const channel: Channel = {
      onmessage: null,
      postMessage(message) {
        for (const other of all)
          if (other !== channel)
            queueMicrotask(() => other.onmessage?.({ data: structuredClone(message) } as MessageEvent));
      },
    };
    all.add(channel);
    return channel;
  };
}
