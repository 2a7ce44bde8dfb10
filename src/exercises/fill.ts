/** Parameters and minibatches of the exercises' networks. */
import { drawParameters } from "../model/initial.ts";
import { PARAMETERS, type ParameterName } from "../model/tensors.ts";
import { largest } from "../plan/compare.ts";
import type { AnyArray } from "../plan/contract.ts";
import { TorchGenerator } from "../random/torch.ts";
import { DEFAULTS } from "../train/config.ts";
import type { Spec } from "./case.ts";
import { FIRST_XB, FIRST_YB } from "./minibatch.ts";

/** The parameters and the minibatch. `forward` runs the step on what is there so far. */
export function fill(
  arrays: ReadonlyMap<string, AnyArray>,
  spec: Spec,
  random: TorchGenerator,
  forward: () => void,
): void {
  const { sizes } = spec;
  const put = (name: string, values: ArrayLike<number>): void => arrays.get(name)!.set(values);
  if (spec.notebook) {
    const parameters = drawParameters(
      sizes,
      new TorchGenerator(DEFAULTS.seed),
      new TorchGenerator(DEFAULTS.bnSeed),
    );
    for (const name of PARAMETERS) put(name, parameters[name]);
    put("Xb", FIRST_XB);
    put("Yb", FIRST_YB);
    return;
  }
  const { batch, context, embedding, vocabulary, hidden } = sizes;
  const spread: Record<ParameterName, number> = {
    C: 1,
    W1: (context * embedding) ** -0.5,
    b1: 0.3,
    W2: 2 * hidden ** -0.5,
    b2: 0.3,
    bngain: 0.3,
    bnbias: 0.3,
  };
  for (const name of PARAMETERS) {
    const middle = name === "bngain" ? 1 : 0;
    put(
      name,
      Array.from(random.randn(arrays.get(name)!.length), (z) => middle + spread[name] * z),
    );
  }
  if (spec.distinct) put("Xb", shuffled(vocabulary, random).slice(0, batch * context));
  else put("Xb", random.randint(vocabulary, batch * context));
  put("Yb", random.randint(vocabulary, batch));
  if (spec.extreme) {
    const W1 = arrays.get("W1")!;
    // Every third neuron's sums spread by about √ε.
    for (let i = 0; i < W1.length; i++) if ((i % hidden) % 3 === 1) W1[i] *= 3e-3;
    forward();
    const factor = 80 / largest(arrays.get("logits")!);
    for (const name of ["W2", "b2"])
      put(
        name,
        Array.from(arrays.get(name)!, (value) => factor * value),
      );
  }
}

/** 0 … count − 1 in a random order. */
function shuffled(count: number, random: TorchGenerator): number[] {
  const order = Array.from(random.rand(count));
  return [...order.keys()].sort((i, j) => order[i] - order[j]);
}
