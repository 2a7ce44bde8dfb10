/** The worker: an engine that the page calls through comlink. */
import { expose } from "comlink";
import { JudgeInWorker } from "./check/judge_client.ts";
import { Engine } from "./engine.ts";

expose(new Engine(new JudgeInWorker()));
