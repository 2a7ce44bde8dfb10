/** The whole step's CPU twin: the fused plan, once for every step. */
import type { Bindings, Dims, FloatArray, TwinArgs } from "../../plan/contract.ts";
import { hostTensors, replayer } from "../../plan/replay.ts";
import { windows } from "../arena.ts";
import { fusedPlan } from "../fused.ts";
import { stateOf, type UpdateRule } from "../optimizers.ts";
import type { Sizes } from "../tensors.ts";

/** Runs S steps, or fewer if a first coefficient is 0; with `gradients`, one whose gradients take the parameters' places. */
export function replay(
  t: TwinArgs<Bindings>,
  { S, N, T, Q = 1 }: Dims,
  s: Sizes,
  rule: UpdateRule | "gradients",
): void {
  const update = rule !== "gradients" && rule;
  const plan = fusedPlan(s, update);
  // The arenas have the caller's precision, everything in between float64.
  const kept = ["parameters", ...(update ? stateOf(update) : [])];
  const arenas = Object.fromEntries(kept.map((name) => [name, t[name].slice() as FloatArray]));
  const arrays = hostTensors(plan, Float64Array, arenas);
  const runStep = replayer(plan, arrays);
  for (let step = 0; step < S && t.coefficients[step * Q] !== 0; step++) {
    arrays.get("Xb")!.set(t.tokens.subarray(step * N * T, (step + 1) * N * T));
    arrays.get("Yb")!.set(t.targets.subarray(step * N, (step + 1) * N));
    arrays.get("coefficients")?.set(t.coefficients.subarray(step * Q, (step + 1) * Q));
    runStep();
    (t.loss as FloatArray)[step] = arrays.get("loss")![0];
    if (!update) arenas.parameters.set(arrays.get("gradients") as FloatArray);
  }
  // Only the parameters: the step does not write the arena's padding.
  for (const name of kept) {
    const to = windows(s, t[name] as FloatArray);
    for (const [parameter, values] of Object.entries(windows(s, arenas[name])))
      to[parameter as keyof typeof to].set(values);
  }
}
