/** The judge's worker, which the engine's worker calls through comlink. */
import { serve } from "../serve.ts";
import { Judge } from "./judge.ts";

serve(new Judge());
