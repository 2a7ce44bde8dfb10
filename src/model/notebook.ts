/** The notebook, line by line: what the chunked plan runs, and what the page says about each tensor. */
import type { Call } from "../plan/plan.ts";
import { backward } from "./backward.ts";
import { forward } from "./forward.ts";
import { INITIAL } from "./initial.ts";
import type { Line } from "./line.ts";

const step = { ...forward, ...backward };
type Made = keyof typeof step;

/** The operations that make these tensors, as the chunked step has them. */
export const callsFor = (...tensors: readonly Made[]): Call[] =>
  tensors.flatMap((name) => (step[name] as Line).call ?? []);

/** Exercise 1: every line of the notebook is one operation, and all 26 gradients are kept. */
export const chunked: readonly Call[] = callsFor(...(Object.keys(step) as Made[]));

/** The line that makes each tensor of the chunked step, by its name. */
export const NOTEBOOK: Readonly<Record<string, Line>> = { ...INITIAL, ...step };
