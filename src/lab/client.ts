/** The page's half of the engine: starts its worker and calls it as if it were here. */
import { proxy, wrap } from "comlink";
import type { Engine } from "./engine.ts";
import type { EngineEvent } from "./messages.ts";
import type { Listener } from "./train/events.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

/** The engine; every method returns a promise. */
export const engine = wrap<Engine>(worker);

export const listen = (listener: Listener<EngineEvent>): Promise<void> => engine.listen(proxy(listener));
