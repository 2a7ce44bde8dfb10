/** The seven parameters: how they travel to and from a compiled plan. */
import {
  arena,
  PARAMETERS,
  type ParameterName,
  type Parameters,
  type Sizes,
  shapeOf,
} from "../model/tensors.ts";
import type { FloatArray } from "../plan/contract.ts";
import type { Executable } from "../plan/executable.ts";

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
