/** The worker that kernels are judged in, which the page calls through comlink. */
import { expose } from "comlink";
import { KernelJudge } from "./kernel_judge.ts";

expose(new KernelJudge());
