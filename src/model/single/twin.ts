/** The whole step's CPU twin: the fused plan, once for every step. */
import type { Bindings, Dims, FloatArray, TwinArgs } from "../../plan/contract.ts";
import { hostTensors, replayer } from "../../plan/replay.ts";
import { windows } from "../arena.ts";
import { fusedPlan } from "../fused.ts";
import { stateOf, type UpdateRule } from "../optimizers.ts";
import type { Sizes } from "../tensors.ts";

/** Runs S steps of every network, or fewer if a first coefficient is 0; with `gradients`, one whose gradients take the parameters' places. */
export function replay(t: TwinArgs<Bindings>, d: Dims, s: Sizes, rule: UpdateRule | "gradients"): void {
  for (let m = 0; m < d.M; m++) replayOne(t, d, s, rule, m);
}

function replayOne(
  t: TwinArgs<Bindings>,
  { S, M, N, T, P, Q = 1 }: Dims,
  s: Sizes,
  rule: UpdateRule | "gradients",
  m: number,
): void {
  const update = rule !== "gradients" && rule;
  const plan = fusedPlan(s, update);
  // The arenas have the caller's precision, everything in between float64.
  const kept = ["parameters", ...(update ? stateOf(update) : [])];
  const own = (name: string) => t[name].subarray(m * P, (m + 1) * P) as FloatArray;
  const arenas = Object.fromEntries(kept.map((name) => [name, own(name).slice()]));
  const arrays = hostTensors(plan, Float64Array, arenas);
  const runStep = replayer(plan, arrays);
  for (let at = m; at < S * M && t.coefficients[at * Q] !== 0; at += M) {
    arrays.get("Xb")!.set(t.tokens.subarray(at * N * T, (at + 1) * N * T));
    arrays.get("Yb")!.set(t.targets.subarray(at * N, (at + 1) * N));
    arrays.get("coefficients")?.set(t.coefficients.subarray(at * Q, (at + 1) * Q));
    runStep();
    (t.loss as FloatArray)[at] = arrays.get("loss")![0];
    if (!update) arenas.parameters.set(arrays.get("gradients") as FloatArray);
  }
  // Only the parameters: the step does not write the arena's padding.
  for (const name of kept) {
    const to = windows(s, own(name));
    for (const [parameter, values] of Object.entries(windows(s, arenas[name])))
      to[parameter as keyof typeof to].set(values);
  }
}
