/** The seven parameters: how they are drawn, and how they travel to and from a compiled plan. */
import { arena, PARAMETERS, type ParameterName, type Sizes, shapeOf } from "../model/tensors.ts";
import type { FloatArray } from "../plan/contract.ts";
import type { Executable } from "../plan/executable.ts";
import type { TorchGenerator } from "../random/torch.ts";

/** Flat row-major float32 arrays under the notebook's names. */
export type Parameters = Readonly<Record<ParameterName, Float32Array>>;

/**
 * Draws the notebook's initial parameters: `C`, `W1` (Kaiming: gain 5/3 over √fan-in), `b1`, `W2`, `b2` from
 * `generator`, in this order, then `bngain` and `bnbias` from `bnGenerator`. The last layers start small, not at
 * zero, because zeros hide wrong gradients.
 */
export function drawParameters(s: Sizes, generator: TorchGenerator, bnGenerator: TorchGenerator): Parameters {
  // float32 after each operation, in the notebook's order of operations, as torch rounds.
  const draw = (name: ParameterName, g: TorchGenerator, then: (x: number) => number) =>
    g.randn(shapeOf(name, s).reduce((n, a) => n * a, 1)).map(then);
  const gain = Math.fround(5 / 3);
  const root = Math.fround(Math.sqrt(s.context * s.embedding));
  const tenth = (x: number) => Math.fround(x * Math.fround(0.1));
  const C = draw("C", generator, (x) => x);
  const W1 = draw("W1", generator, (x) => Math.fround(x * gain) / root);
  const b1 = draw("b1", generator, tenth);
  const W2 = draw("W2", generator, tenth);
  const b2 = draw("b2", generator, tenth);
  const bngain = draw("bngain", bnGenerator, (x) => tenth(x) + 1);
  const bnbias = draw("bnbias", bnGenerator, tenth);
  return { C, W1, b1, W2, b2, bngain, bnbias };
}

/** The parameters in a copy of the arena, which is theirs from then on. */
export function partsOf(s: Sizes, values: FloatArray): Parameters {
  const { offsets } = arena(s);
  const whole = values instanceof Float32Array ? values : Float32Array.from(values);
  const part = (name: ParameterName) =>
    whole.subarray(offsets[name], offsets[name] + shapeOf(name, s).reduce((n, a) => n * a, 1));
  return Object.fromEntries(PARAMETERS.map((n) => [n, part(n)])) as unknown as Parameters;
}

/** Uploads those parameters that the plan has. */
export function uploadParameters(executable: Executable, parameters: Parameters): void {
  for (const name of PARAMETERS)
    if (executable.plan.tensors.has(name)) executable.upload(name, parameters[name]);
}

export async function downloadParameters(executable: Executable): Promise<Parameters> {
  const values = await executable.download(PARAMETERS);
  return Object.fromEntries(
    PARAMETERS.map((n) => [n, Float32Array.from(values[n])]),
  ) as unknown as Parameters;
}
