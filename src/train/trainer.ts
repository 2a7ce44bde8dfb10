/** The training loop: draws minibatches, feeds the scheduler chunks of steps, watches the loss. */
import type { Split } from "../data/examples.ts";
import type { AnyPath } from "../model/plans.ts";
import { parameterCount, type Sizes } from "../model/tensors.ts";
import { type Machine, requireMemory } from "../ops/executable.ts";
import { TorchGenerator } from "../random/torch.ts";
import { learningRate, resolvePath, sizesOf, type TrainConfig } from "./config.ts";
import { Pace } from "./pace.ts";
import { downloadParameters, drawParameters, type Parameters, uploadParameters } from "./parameters.ts";
import { compileStepper, type Stepper } from "./stepper.ts";

/** Everything that must be kept to go on bit for bit. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly parameters: Parameters;
  /** State of the generator that draws the minibatches, and of the one that drew bngain and bnbias. */
  readonly generator: Uint8Array;
  readonly bnGenerator: Uint8Array;
}

/** The loss became NaN or infinite; the trainer's parameters are no use any more. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
}

/**
 * The state a fresh run starts from: the notebook's draws, in its order.
 * @throws MemoryError
 */
export function initialState(config: TrainConfig, vocabulary: number): TrainingState {
  // Each is there twice while it is scaled.
  requireMemory("the network", 8 * parameterCount(sizesOf(config, vocabulary)));
  const generator = new TorchGenerator(config.seed);
  const bnGenerator = new TorchGenerator(config.bnSeed);
  const parameters = drawParameters(sizesOf(config, vocabulary), generator, bnGenerator);
  return { step: 0, parameters, generator: generator.getState(), bnGenerator: bnGenerator.getState() };
}

export interface TrainerOptions {
  readonly machine: Machine;
  readonly config: TrainConfig;
  readonly train: Split;
  /** Characters in the vocabulary. */
  readonly vocabulary: number;
  /** Where to go on; a fresh {@link initialState} if absent. */
  readonly state?: TrainingState;
  /** Milliseconds of work per submit (50): a page asks for less, so that it can draw in between. */
  readonly submit?: number;
}

export class Trainer {
  readonly config: TrainConfig;
  readonly sizes: Sizes;
  /** What `config.path` came to, and why if it is not what was asked for. */
  readonly path: AnyPath;
  readonly pathNote: string | undefined;
  readonly #stepper: Stepper;
  readonly #train: Split;
  readonly #generator: TorchGenerator;
  readonly #bnGenerator: Uint8Array;
  readonly #pace: Pace;
  readonly #indices: Uint32Array;
  #step: number;

  private constructor(
    o: TrainerOptions,
    stepper: Stepper,
    { path, note }: ReturnType<typeof resolvePath>,
    state: TrainingState,
  ) {
    this.config = o.config;
    this.sizes = sizesOf(o.config, o.vocabulary);
    this.#stepper = stepper;
    this.path = path;
    this.pathNote = note;
    this.#train = o.train;
    this.#pace = new Pace(o.submit);
    this.#step = state.step;
    this.#generator = TorchGenerator.fromState(state.generator);
    this.#bnGenerator = state.bnGenerator;
    this.#indices = new Uint32Array(o.config.batch);
    uploadParameters(stepper.executable, state.parameters);
  }

  /**
   * Compiles the step and uploads the parameters.
   * @throws LimitError when a size does not fit the device
   */
  static async create(o: TrainerOptions): Promise<Trainer> {
    const sizes = sizesOf(o.config, o.vocabulary);
    const resolved = resolvePath(o.config, o.vocabulary, o.machine.kind);
    const stepper = await compileStepper(o.machine, sizes, resolved.path);
    return new Trainer(o, stepper, resolved, o.state ?? initialState(o.config, o.vocabulary));
  }

  /** Steps done so far, by this trainer and the runs it goes on from. */
  get step(): number {
    return this.#step;
  }

  /** Dispatches of one step; 0 on the CPU. */
  get dispatchesPerStep(): number {
    return this.#stepper.dispatchesPerStep;
  }

  /**
   * Trains up to step `until` (the run's total if absent), in submits of about 50 ms.
   * @param onLosses called after each submit with the number of its first step and a loss per step
   * @param stopped asked between submits; true ends the call early
   * @throws DivergenceError at the first loss that is not finite
   */
  async run(
    onLosses: (first: number, losses: ArrayLike<number>) => void = () => {},
    { until = this.config.steps, stopped = () => false }: { until?: number; stopped?: () => boolean } = {},
  ): Promise<void> {
    while (this.#step < until && !stopped()) {
      const first = this.#step;
      const steps = this.#pace.next(Math.min(until - first, this.#stepper.capacity));
      const start = performance.now();
      const loss = await this.#stepper.run(steps, (i, X, Y, xOffset, yOffset) => {
        this.#generator.randintInto(this.#indices, this.#train.length);
        this.#train.gather(this.#indices, X, Y, xOffset, yOffset);
        return learningRate(this.config, first + i);
      });
      this.#pace.record(steps, performance.now() - start);
      this.#step += steps;
      const bad = loss.findIndex((l) => !Number.isFinite(l));
      if (bad >= 0)
        throw new DivergenceError(
          `the loss is ${loss[bad]} at step ${first + bad}: training diverged; lower --lr (it is ${learningRate(this.config, first + bad)})`,
        );
      onLosses(first, loss);
    }
  }

  /** A copy of everything needed to go on from here. */
  async state(): Promise<TrainingState> {
    return {
      step: this.#step,
      parameters: await downloadParameters(this.#stepper.executable),
      generator: this.#generator.getState(),
      bnGenerator: this.#bnGenerator,
    };
  }

  close(): void {
    this.#stepper.executable.close();
  }
}
