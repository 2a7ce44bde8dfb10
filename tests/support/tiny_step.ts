/** A step of a few numbers, for what is the same at every size. */
import { elementCount, PARAMETERS, type Sizes } from "../../src/model/tensors.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import type { Step } from "../../src/train/step.ts";

export const TINY: Sizes = { vocabulary: 5, context: 2, embedding: 2, hidden: 3, batch: 4 };

/** Its weights are drawn from a seed. Character 4 is in no context. */
export function tinyStep(seed = 1): Step {
  const g = new TorchGenerator(seed);
  const draw = (count: number) => Float32Array.from(g.rand(count), (x) => 2 * x - 1);
  const parameters = Object.fromEntries(PARAMETERS.map((name) => [name, draw(elementCount(name, TINY))]));
  return {
    sizes: TINY,
    parameters: parameters as Step["parameters"],
    Xb: Uint32Array.of(0, 1, 1, 2, 2, 3, 3, 1),
    Yb: Uint32Array.of(1, 2, 3, 0),
  };
}
