/** The worker of the exercises' lines, which the page calls through comlink. */
import { serve } from "../serve.ts";
import { LinesJudge } from "./lines_judge.ts";

serve(new LinesJudge());
