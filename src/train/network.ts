/** One network as it trains: where it stands, which minibatches come next, and what the optimiser does with them. */
import type { Split } from "../data/examples.ts";
import type { Sizes } from "../model/tensors.ts";
import type { StepInputs } from "../plan/executable.ts";
import { TorchGenerator } from "../random/torch.ts";
import { breakAt } from "./broken.ts";
import type { TrainConfig } from "./config.ts";
import { isLook, type Look } from "./look.ts";
import { coefficientsOf, writeCoefficients } from "./optimizer.ts";
import type { Weights } from "./parameters.ts";
import type { Resumable, TrainingState } from "./state.ts";

export class Network {
  readonly config: TrainConfig;
  readonly sizes: Sizes;
  /** What it trains on. */
  readonly train: Split;
  readonly #generator: TorchGenerator;
  readonly #indices: Uint32Array;
  readonly #width: number;
  /** As of the last step that went well: every submit brings it back to the host. Never changed in place. */
  #state: TrainingState;
  /** Losses of the steps since, whose weights are still on the device alone. */
  #ahead: ArrayLike<number>[] = [];
  #reached: number;
  /** The step of this run's last look at the dev loss, and the losses since. */
  #looked: number | undefined;
  #sinceLook = { sum: 0, steps: 0 };

  constructor(
    config: TrainConfig,
    sizes: Sizes,
    train: Split,
    { step, parameters, optimizer, generator, bnGenerator, best, broken }: Resumable,
  ) {
    this.config = config;
    this.sizes = sizes;
    this.train = train;
    // Of a checkpoint no more than this: its statistics are soon those of another network.
    this.#state = { step, parameters, optimizer, generator, bnGenerator };
    if (best && config.keep === "best") this.#state = { ...this.#state, best };
    // Whatever was broken before, the steps from here on are right.
    if (broken) this.#state = { ...this.#state, broken: breakAt(broken, step) };
    this.#reached = step;
    this.#generator = TorchGenerator.fromState(generator);
    this.#indices = new Uint32Array(config.batch);
    this.#width = coefficientsOf(config);
  }

  /** Steps done so far, by this run and those it goes on from. */
  get step(): number {
    return this.#state.step;
  }

  /** Steps done, with those whose weights are still on the device alone. */
  get reached(): number {
    return this.#reached;
  }

  /** Everything needed to go on from here. On the host, so that it is there whatever became of the device. */
  get state(): TrainingState {
    return this.#state;
  }

  /** Draws the minibatch of the `i`-th step from the last one that was run, and writes it with the step's coefficients where `slot` says. In order. */
  fill(i: number, { Xb, Yb, coefficients }: StepInputs, slot: number): void {
    const { batch, context } = this.sizes;
    this.#generator.randintInto(this.#indices, this.train.length);
    this.train.gather(
      this.#indices,
      Xb as Uint32Array,
      Yb as Uint32Array,
      slot * batch * context,
      slot * batch,
    );
    writeCoefficients(this.config, this.#reached + i, coefficients, slot * this.#width);
  }

  /** These steps were run. */
  ran(losses: ArrayLike<number>): void {
    this.#ahead.push(losses);
    this.#reached += losses.length;
  }

  /** They went well, and these are the weights after them. @returns their losses, as they came */
  advance({ parameters, optimizer }: Weights): ArrayLike<number>[] {
    const generator = this.#generator.getState();
    this.#state = { ...this.#state, parameters, optimizer, step: this.#reached, generator };
    const [ran, since] = [this.#ahead, this.#sinceLook];
    this.#ahead = [];
    for (const losses of ran) {
      for (let i = 0; i < losses.length; i++) since.sum += losses[i];
      since.steps += losses.length;
    }
    return ran;
  }

  /** Goes on from a state that another trainer reached with this configuration. */
  adopt(state: TrainingState): void {
    this.#state = state;
    this.rewind();
  }

  /** The steps since the last one that went well do not count: their minibatches will be drawn again. */
  rewind(): void {
    this.#ahead = [];
    this.#reached = this.step;
    this.#generator.setState(this.#state.generator);
  }

  /**
   * Whether the dev loss must be looked at before the next step: a run that only now begins to keep the best has these weights to beat, and one
   * that ended at a look may have ended before it.
   */
  get unseen(): boolean {
    const { best, step } = this.#state;
    return (
      this.config.keep === "best" && (!best || (isLook(this.config.steps, step) && this.#looked !== step))
    );
  }

  /** Looks at the dev loss, and keeps these weights if it is the lowest so far and the run keeps the best. */
  async look(see: (state: TrainingState) => Promise<Pick<Look, "dev" | "sampled">>): Promise<Look> {
    const { step, parameters, best } = this.#state;
    const seen = await see(this.#state);
    if (this.config.keep === "best" && !(best && best.dev <= seen.dev))
      this.#state = { ...this.#state, best: { step, dev: seen.dev, parameters } };
    const { sum, steps } = this.#sinceLook;
    this.#sinceLook = { sum: 0, steps: 0 };
    this.#looked = step;
    return { step, ...seen, train: steps > 0 ? sum / steps : undefined };
  }
}
