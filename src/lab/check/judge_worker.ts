/** The judge's worker, which the engine's worker calls through comlink. */
import { expose } from "comlink";
import { Judge } from "./judge.ts";

expose(new Judge());
