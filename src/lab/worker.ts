/** The worker: an engine that the page calls through comlink. */
import { expose } from "comlink";
import { Engine } from "./engine.ts";

expose(new Engine());
