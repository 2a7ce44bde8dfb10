/** The page's half of the engine: starts its worker, again if it has failed, and calls it as if it were here. */
import { proxy, type Remote } from "comlink";
import { Answering } from "./answering.ts";
import type { Engine } from "./engine.ts";
import type { EngineEvent } from "./messages.ts";
import type { Listener } from "./train/events.ts";

let worker: Answering<Engine> | undefined;
let told: { readonly event: Listener<EngineEvent>; readonly failure: (error: Error) => void } | undefined;

function running(): Answering<Engine> {
  if (worker && !worker.ended) return worker;
  const started = new Answering<Engine>(
    new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
    {
      does: "computes",
      again: "start again, or reload the page",
      onFailed: (error) => told?.failure(error),
    },
  );
  worker = started;
  const { event } = told ?? {};
  if (event) started.wait(started.remote.listen(proxy(event))).catch(() => {});
  return started;
}

/** Whether there is a worker, which knows what it was told before. */
export const awake = (): boolean => worker !== undefined && !worker.ended;

/** Sets who is told of a run, and of the worker's failure: the next call starts a new one, which has no device, no words and no run. */
export function listen(event: Listener<EngineEvent>, failure: (error: Error) => void): void {
  told = { event, failure };
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** The engine; every method returns a promise, which also fails if the worker does. */
export const engine = new Proxy({} as Remote<Engine>, {
  get:
    (_, method): Call =>
    (...args) => {
      const answering = running();
      return answering.wait((answering.remote as unknown as Record<PropertyKey, Call>)[method](...args));
    },
});
