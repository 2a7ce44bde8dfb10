/** The worker of the exercises' lines, which the page calls through comlink. */
import { expose } from "comlink";
import { LinesJudge } from "./lines_judge.ts";

expose(new LinesJudge());
