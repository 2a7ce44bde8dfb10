/** New names from a model, drawn on the device: one character of every name per step. */
import type { Vocabulary } from "../data/vocabulary.ts";
import { samplingPlan } from "../model/plans.ts";
import type { Executable } from "../plan/executable.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import { size } from "../plan/plan.ts";
import { TorchGenerator } from "../random/torch.ts";
import { type Model, uploadModel } from "./evaluate.ts";

/** What a run draws at its end: the notebook's 20 names, from its seed 2147483647 + 10. */
export const NOTEBOOK_NAMES = { count: 20, seed: 2147483657 };
/** Names drawn side by side, and characters per submit. */
const SIDE_BY_SIDE = 256;
const CHARACTERS = 16;
/** A model that never draws the boundary is cut off here. */
export const LONGEST_NAME = 256;

/**
 * Draws `count` names, without the boundary. On one adapter a seed gives the same names; more begin with the same ones.
 * @param seed of the torch-compatible generator whose uniforms pick the characters
 */
export async function sampleNames(
  machine: Machine,
  model: Model,
  vocabulary: Vocabulary,
  { count, seed }: { count: number; seed: number },
): Promise<string[]> {
  const batch = Math.min(SIDE_BY_SIDE, count);
  return withPlan(machine, samplingPlan({ ...model.sizes, batch }), async (executable) => {
    const generator = new TorchGenerator(seed);
    uploadModel(executable, model);
    const names: string[] = [];
    while (names.length < count)
      for (const tokens of await drawTokens(executable, batch, generator))
        names.push(vocabulary.decode(tokens));
    return names.slice(0, count);
  });
}

/** Tokens of `batch` new names, each up to its boundary at least. */
async function drawTokens(
  executable: Executable,
  batch: number,
  generator: TorchGenerator,
): Promise<number[][]> {
  executable.upload("contexts", new Uint32Array(size(executable.plan.tensors.get("contexts")!)));
  const tokens: number[][] = Array.from({ length: batch }, () => []);
  for (let length = 0; length < LONGEST_NAME; length += CHARACTERS) {
    // Always uniforms for a full batch, so that more names begin with the same ones.
    const { drawn } = await executable.run(CHARACTERS, (inputs) =>
      inputs.uniforms.set(generator.rand(SIDE_BY_SIDE).subarray(0, batch)),
    );
    for (let i = 0; i < CHARACTERS * batch; i++) tokens[i % batch].push(drawn[i]);
    if (tokens.every((t) => t.includes(0))) break;
  }
  return tokens;
}
