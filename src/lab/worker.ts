/** The worker: an engine that the page calls through comlink. */
import { JudgeInWorker } from "./check/judge_client.ts";
import { Engine } from "./engine.ts";
import { serve } from "./serve.ts";

serve(new Engine(new JudgeInWorker()));
