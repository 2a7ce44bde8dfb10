/** The worker that kernels are judged in, which the page calls through comlink. */
import { serve } from "../serve.ts";
import { KernelJudge } from "./kernel_judge.ts";

serve(new KernelJudge());
