/** Where a run stands: all that must be kept to go on. */
import { show } from "../data/error.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { drawParameters } from "../model/initial.ts";
import { stateOf } from "../model/optimizers.ts";
import { type Parameters, parameterCount } from "../model/tensors.ts";
import { requireMemory } from "../plan/memory.ts";
import { TorchGenerator } from "../random/torch.ts";
import { MismatchError, requireParameters, requireSame } from "./belong.ts";
import type { Broken } from "./broken.ts";
import { fixedDifference, sizesOf, type TrainConfig } from "./config.ts";
import { updateRuleOf } from "./optimizer.ts";
import { freshState, type Weights } from "./parameters.ts";

/** The weights of the lowest dev loss so far. */
export interface Best {
  /** Steps done then. */
  readonly step: number;
  readonly dev: number;
  readonly parameters: Parameters;
}

/** Everything that must be kept to go on bit for bit. */
export interface TrainingState extends Weights {
  /** Steps done. */
  readonly step: number;
  /** State of the generator that draws the minibatches, and of the one that drew bngain and bnbias. */
  readonly generator: Uint8Array;
  readonly bnGenerator: Uint8Array;
  /** Of a run that keeps the best. */
  readonly best?: Best;
  /** Of a run whose gradient was broken on purpose. */
  readonly broken?: Broken;
}

/** A state to go on from: a trainer's, or a checkpoint, which knows more. */
export interface Resumable extends TrainingState {
  readonly config?: TrainConfig;
  readonly vocabulary?: Vocabulary;
}

/**
 * @param vocabulary of the data, if it is known
 * @throws TypeError for what is no state; MismatchError unless a run with this configuration and data can go on from it
 */
export function requireState(
  state: Resumable,
  config: TrainConfig,
  characters: number,
  vocabulary?: Vocabulary,
): void {
  if (!state?.parameters || !state.optimizer || !state.generator)
    throw new TypeError(`the state is ${show(state)}; give trainer.state(), or a checkpoint`);
  const remedy = "make the configuration with trainConfig({ ...checkpoint.config, steps })";
  const key = state.config && fixedDifference(state.config, config);
  if (key !== undefined)
    throw new MismatchError(
      `the checkpoint has ${key} ${state.config?.[key]}, but the configuration has ${key} ${config[key]}, which a started run cannot change; ${remedy}`,
    );
  const withCharacters =
    "make the data with buildDataset(words, { ...config, vocabulary: checkpoint.vocabulary })";
  if (state.vocabulary && vocabulary)
    requireSame("the checkpoint", state.vocabulary, "the data", vocabulary, withCharacters);
  const sizes = sizesOf(config, characters);
  requireParameters(state.parameters, sizes, "the state");
  if (state.best) requireParameters(state.best.parameters, sizes, "the state's best");
  const kept = Object.keys(state.optimizer);
  const keeps = stateOf(updateRuleOf(config));
  const list = (names: readonly string[]) => [...names].sort().join(" and ") || "nothing";
  if (list(kept) !== list(keeps))
    throw new MismatchError(
      `the state has ${list(kept)} of an optimiser, but the configuration's optimiser keeps ${list(keeps)}; ${remedy}`,
    );
  for (const name of kept) requireParameters(state.optimizer[name], sizes, "the state", `${name}.`);
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
