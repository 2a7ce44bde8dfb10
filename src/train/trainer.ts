/** The training loop: draws minibatches, runs the steps in submits, watches the loss. */
import type { Split } from "../data/examples.ts";
import type { AnyPath } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import type { Machine } from "../plan/machine.ts";
import { TorchGenerator } from "../random/torch.ts";
import { learningRate, resolvePath, sizesOf, type TrainConfig } from "./config.ts";
import { type Culprit, DivergenceError, findCulprit, traceDivergence } from "./divergence.ts";
import { coefficientsOf, updateRuleOf, writeCoefficients } from "./optimizer.ts";
import { Pace } from "./pace.ts";
import { uploadWeights } from "./parameters.ts";
import { initialState, type TrainingState } from "./state.ts";
import { firstStep } from "./step.ts";
import { compileStepper, type Stepper, type Submitted } from "./stepper.ts";

export interface TrainerOptions {
  readonly machine: Machine;
  readonly config: TrainConfig;
  readonly train: Split;
  /** Characters in the vocabulary. */
  readonly vocabulary: number;
  /** Where to go on; a fresh {@link initialState} if absent. */
  readonly state?: TrainingState;
  /** Milliseconds of work per submit (50): a page takes less, so that it can draw in between. */
  readonly submit?: number;
}

/** Some steps that ran: their losses; or what was not finite, and then the steps do not count. */
type Outcome = { readonly steps: number } & (
  | { readonly losses: ArrayLike<number>; readonly culprit?: undefined }
  | { readonly culprit: Culprit }
);

export class Trainer {
  readonly config: TrainConfig;
  readonly sizes: Sizes;
  /** The path it takes, and why, if that needs explaining. */
  readonly path: AnyPath;
  readonly pathNote: string | undefined;
  /** Dispatches of one step; 0 on the CPU. */
  readonly dispatchesPerStep: number;
  readonly #machine: Machine;
  readonly #train: Split;
  readonly #generator: TorchGenerator;
  readonly #indices: Uint32Array;
  readonly #submitMs: number | undefined;
  #pace: Pace;
  /** Compiled, and holding the parameters of {@link #state}; absent after a failure. */
  #stepper: Stepper | undefined;
  /** As of the last step done: every submit brings it back to the host. */
  #state: TrainingState;

  private constructor(
    o: TrainerOptions,
    stepper: Stepper,
    { path, note }: ReturnType<typeof resolvePath>,
    state: TrainingState,
  ) {
    this.config = o.config;
    this.sizes = sizesOf(o.config, o.vocabulary);
    this.path = path;
    this.pathNote = note;
    this.dispatchesPerStep = stepper.dispatchesPerStep;
    this.#machine = o.machine;
    this.#train = o.train;
    this.#submitMs = o.submit;
    this.#pace = new Pace(o.submit);
    this.#state = state;
    this.#generator = TorchGenerator.fromState(state.generator);
    this.#indices = new Uint32Array(o.config.batch);
    this.#stepper = stepper;
    uploadWeights(stepper.executable, state);
  }

  /**
   * Compiles the step and uploads the parameters.
   * @throws LimitError when a size does not fit the device
   */
  static async create(o: TrainerOptions): Promise<Trainer> {
    const sizes = sizesOf(o.config, o.vocabulary);
    const resolved = resolvePath(o.config, o.vocabulary, o.machine.kind);
    const stepper = await o.machine.survive(() =>
      compileStepper(o.machine, sizes, resolved.path, updateRuleOf(o.config)),
    );
    return new Trainer(o, stepper, resolved, o.state ?? initialState(o.config, o.vocabulary));
  }

  /** Steps done so far, by this trainer and the runs it goes on from. */
  get step(): number {
    return this.#state.step;
  }

  /** Everything needed to go on from here. On the host, so that it is there whatever became of the device. */
  state(): TrainingState {
    return this.#state;
  }

  /**
   * Trains up to step `until` (the run's total if absent), in submits of about 50 ms. Whatever is thrown, the trainer stands
   * at the last step that went well.
   * @param onLosses called after each submit with the number of its first step and a loss per step
   * @param stopped asked between submits; true ends the call early
   * @throws DivergenceError at the first step that makes a value which is not finite
   */
  async run(
    onLosses: (first: number, losses: ArrayLike<number>) => void = () => {},
    { until = this.config.steps, stopped = () => false }: { until?: number; stopped?: () => boolean } = {},
  ): Promise<void> {
    // Steps that went wrong together are run again one at a time, to find the first bad one.
    let suspect: { before: number; culprit: Culprit } | undefined;
    while (this.step < until && !stopped()) {
      const first = this.step;
      const most = suspect ? 1 : until - first;
      const outcome = await this.#machine.survive(() => this.#advance(most));
      if (!outcome.culprit) onLosses(first, outcome.losses);
      else if (outcome.steps === 1) throw await this.#divergence(outcome.culprit);
      else suspect = { before: first + outcome.steps, culprit: outcome.culprit };
      if (suspect?.before === this.step)
        throw new Error(
          `the steps before ${this.step} made ${suspect.culprit.tensor} ${suspect.culprit.value}, but not when they ran again: this device makes errors; use another one, or --backend cpu`,
        );
    }
  }

  close(): void {
    this.#stepper?.executable.close();
    this.#stepper = undefined;
  }

  /** Runs at most so many steps, and keeps their result if all of it is finite. */
  async #advance(most: number): Promise<Outcome> {
    const stepper = this.#stepper ?? (await this.#compileAgain());
    const steps = this.#pace.next(Math.min(most, stepper.capacity));
    const start = performance.now();
    const { losses, ...weights } = await this.#submit(stepper, steps);
    this.#pace.record(steps, performance.now() - start - stepper.executable.latency);
    const culprit = findCulprit({ losses, ...weights }, this.sizes);
    if (culprit) {
      this.#restore(stepper);
      return { steps, culprit };
    }
    const generator = this.#generator.getState();
    this.#state = { ...this.#state, ...weights, step: this.step + steps, generator };
    return { steps, losses };
  }

  async #submit(stepper: Stepper, steps: number): Promise<Submitted> {
    const first = this.step;
    const { batch, context } = this.sizes;
    const width = coefficientsOf(this.config);
    try {
      return await stepper.run(steps, (i, { Xb, Yb, coefficients }, slot) => {
        this.#generator.randintInto(this.#indices, this.#train.length);
        this.#train.gather(
          this.#indices,
          Xb as Uint32Array,
          Yb as Uint32Array,
          slot * batch * context,
          slot * batch,
        );
        writeCoefficients(this.config, first + i, coefficients, slot * width);
      });
    } catch (error) {
      // Its weights may now be those of any step since.
      this.close();
      throw error;
    }
  }

  /** After a failure: the same plan, where the run stands. Submits start short again, since a long one may have been the cause. */
  async #compileAgain(): Promise<Stepper> {
    const stepper = await compileStepper(this.#machine, this.sizes, this.path, updateRuleOf(this.config));
    this.#restore(stepper);
    this.#pace = new Pace(this.#submitMs);
    this.#stepper = stepper;
    return stepper;
  }

  #restore({ executable }: Stepper): void {
    uploadWeights(executable, this.#state);
    this.#generator.setState(this.#state.generator);
  }

  /** The next step is the one that goes wrong: finds the tensor. */
  async #divergence(culprit: Culprit): Promise<DivergenceError> {
    const { step } = this;
    const lr = learningRate(this.config, step);
    const next = firstStep(this.sizes, this.#state, this.#train);
    const traced = await traceDivergence(this.#machine, next, this.#state, this.config, this.path);
    return new DivergenceError(step, lr, traced ?? culprit);
  }
}
