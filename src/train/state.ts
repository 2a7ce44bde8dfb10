/** Where a run stands: all that must be kept to go on. */
import { drawParameters } from "../model/initial.ts";
import { stateOf } from "../model/optimizers.ts";
import { parameterCount } from "../model/tensors.ts";
import { requireMemory } from "../plan/memory.ts";
import { TorchGenerator } from "../random/torch.ts";
import { sizesOf, type TrainConfig } from "./config.ts";
import { updateRuleOf } from "./optimizer.ts";
import { freshState, type Weights } from "./parameters.ts";

/** Everything that must be kept to go on bit for bit. */
export interface TrainingState extends Weights {
  /** Steps done. */
  readonly step: number;
  /** State of the generator that draws the minibatches, and of the one that drew bngain and bnbias. */
  readonly generator: Uint8Array;
  readonly bnGenerator: Uint8Array;
}

/**
 * The state a fresh run starts from: the notebook's draws, in its order.
 * @throws MemoryError
 */
export function initialState(config: TrainConfig, vocabulary: number): TrainingState {
  const rule = updateRuleOf(config);
  // The parameters are there twice while they are scaled.
  requireMemory("the network", (8 + 4 * stateOf(rule).length) * parameterCount(sizesOf(config, vocabulary)));
  const generator = new TorchGenerator(config.seed);
  const bnGenerator = new TorchGenerator(config.bnSeed);
  const parameters = drawParameters(sizesOf(config, vocabulary), generator, bnGenerator);
  return {
    step: 0,
    parameters,
    optimizer: freshState(rule, parameters),
    generator: generator.getState(),
    bnGenerator: bnGenerator.getState(),
  };
}
