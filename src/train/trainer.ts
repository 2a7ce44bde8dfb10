/** The training loop: draws minibatches, runs the steps in submits, watches the loss. */

import { show } from "../data/error.ts";
import type { Split } from "../data/examples.ts";
import type { AnyPath } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import { BusyError, ClosedError } from "../plan/life.ts";
import { type Machine, requireMachine } from "../plan/machine.ts";
import { requireOptions } from "./belong.ts";
import { learningRate, resolvePath, type TrainConfig } from "./config.ts";
import { type Culprit, DivergenceError, findCulprit, traceDivergence } from "./divergence.ts";
import type { OnFraction } from "./evaluate.ts";
import { type Examples, examplesOf, networkOf } from "./given.ts";
import { type Look, lookAt, nextLook } from "./look.ts";
import type { Model } from "./model.ts";
import type { Network } from "./network.ts";
import { updateRuleOf } from "./optimizer.ts";
import { Pace } from "./pace.ts";
import { uploadWeights } from "./parameters.ts";
import type { Resumable, TrainingState } from "./state.ts";
import { firstStep } from "./step.ts";
import { compileStepper, type Stepper, type Submitted } from "./stepper.ts";
import { keptModel, type Trained } from "./trained.ts";

interface Options {
  readonly machine: Machine;
  readonly config: TrainConfig;
  /** Where to go on: a checkpoint, or another trainer's state; a fresh {@link initialState} if absent. */
  readonly state?: Resumable;
  /** Milliseconds of work per submit (50): a page takes less, so that it can draw in between. */
  readonly submit?: number;
}

export type TrainerOptions = Options & Examples;

export interface RunOptions {
  /** The step to stop at; the run's total if absent. */
  readonly until?: number;
  /** Asked between submits; true ends the call early. */
  readonly stopped?: () => boolean;
  /** Called after each look at the dev loss, some ten times in a whole run. Without it, only a run that keeps the best looks. */
  readonly onLook?: (look: Look) => void;
  /** Does the work of a look, for those who show progress. */
  readonly during?: <T>(work: (onFraction: OnFraction) => Promise<T>) => Promise<T>;
}

/** Some steps that ran: their losses; or what was not finite, and then the steps do not count. */
type Outcome = { readonly steps: number } & (
  | { readonly losses: ArrayLike<number>; readonly culprit?: undefined }
  | { readonly culprit: Culprit }
);

export class Trainer implements Trained {
  /** The path it takes, and why, if that needs explaining. */
  readonly path: AnyPath;
  readonly pathNote: string | undefined;
  /** Dispatches of one step; 0 on the CPU. */
  readonly dispatchesPerStep: number;
  readonly #network: Network;
  readonly #dev: Split | undefined;
  readonly #machine: Machine;
  readonly #submitMs: number | undefined;
  #pace: Pace;
  /** Compiled, and holding the network's parameters; absent after a failure. */
  #stepper: Stepper | undefined;
  #running = false;
  #closed = false;

  private constructor(
    o: Options,
    network: Network,
    dev: Split | undefined,
    stepper: Stepper,
    { path, note }: ReturnType<typeof resolvePath>,
  ) {
    this.#network = network;
    this.#dev = dev;
    this.path = path;
    this.pathNote = note;
    this.dispatchesPerStep = stepper.dispatchesPerStep;
    this.#machine = o.machine;
    this.#submitMs = o.submit;
    this.#pace = new Pace(o.submit);
    this.#stepper = stepper;
    uploadWeights(stepper.executable, network.state);
  }

  /**
   * Compiles the step and uploads the parameters.
   * @throws LimitError when a size does not fit the device; MismatchError when data, configuration and state do not belong together;
   *   ClosedError on a closed machine
   */
  static async create(o: TrainerOptions): Promise<Trainer> {
    requireMachine(o.machine);
    const given = examplesOf(o);
    const network = networkOf(given, o.config, o.state);
    const resolved = resolvePath(o.config, given.characters, o.machine.kind);
    const stepper = await o.machine.survive(() =>
      compileStepper(o.machine, network.sizes, resolved.path, updateRuleOf(o.config)),
    );
    return new Trainer(o, network, given.dev, stepper, resolved);
  }

  get config(): TrainConfig {
    return this.#network.config;
  }

  get sizes(): Sizes {
    return this.#network.sizes;
  }

  /** What it trains on. */
  get train(): Split {
    return this.#network.train;
  }

  /** Steps done so far, by this trainer and the runs it goes on from. */
  get step(): number {
    return this.#network.step;
  }

  /** Everything needed to go on from here. On the host, so that it is there whatever became of the device. */
  state(): TrainingState {
    return this.#network.state;
  }

  /**
   * Trains in submits of about 50 ms. Whatever is thrown, the trainer stands at the last step that went well.
   * @param onLosses called after each submit with the number of its first step and a loss per step
   * @throws DivergenceError at the first step that makes a value which is not finite; BusyError while it runs already; ClosedError when
   *   trainer or machine are closed, before or meanwhile
   */
  async run(
    onLosses: (first: number, losses: ArrayLike<number>) => void = () => {},
    options: RunOptions = {},
  ): Promise<void> {
    if (typeof onLosses !== "function")
      throw new TypeError(
        `run() was given ${show(onLosses)} for onLosses; give a function, and options after it`,
      );
    requireOptions("run()", options, ["until", "stopped", "onLook", "during"]);
    const { until = this.config.steps, onLook } = options;
    if (!(until >= 0) || (until % 1 !== 0 && until !== Infinity))
      throw new RangeError(`until is ${until}; it must be a number of steps, 0 or more`);
    if (onLook && !this.#dev)
      throw new TypeError("onLook needs dev examples; give the trainer data: buildDataset(words, config)");
    if (this.#closed) throw new ClosedError("the trainer");
    if (this.#running)
      throw new BusyError(`the trainer runs already, ${this.#where}; wait for that run() to end`);
    this.#running = true;
    const begun = this.step;
    try {
      await this.#run(onLosses, { ...options, until });
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
      if (this.#closed) throw new ClosedError("the trainer", `it ran, ${this.#where}`, { cause: error });
      // The machine was closed before.
      if (error.during === undefined && this.step === begun) throw error;
      throw new ClosedError(error.closed, `a trainer ran, ${this.#where}`, { cause: error });
    } finally {
      this.#running = false;
      // It may have been compiled anew after that.
      if (this.#closed) this.#drop();
    }
  }

  async #run(
    onLosses: (first: number, losses: ArrayLike<number>) => void,
    { until, stopped = () => false, onLook, during }: RunOptions & { until: number },
  ): Promise<void> {
    const looks = onLook !== undefined || this.config.keep === "best";
    if (this.#network.unseen && this.step < until) await this.#look(onLook, during);
    // Steps that went wrong together are run again one at a time, to find the first bad one.
    let suspect: { before: number; culprit: Culprit } | undefined;
    while (this.step < until && !stopped()) {
      if (this.#closed) throw new ClosedError("the trainer");
      const first = this.step;
      const look = looks ? nextLook(this.config.steps, first) : Number.POSITIVE_INFINITY;
      const most = suspect ? 1 : Math.min(until, look) - first;
      const outcome = await this.#machine.survive(() => this.#advance(most));
      if (!outcome.culprit) {
        onLosses(first, outcome.losses);
        if (this.step === look) await this.#look(onLook, during);
      } else if (outcome.steps === 1) throw await this.#divergence(outcome.culprit);
      else suspect = { before: first + outcome.steps, culprit: outcome.culprit };
      if (suspect?.before === this.step)
        throw new Error(
          `the steps before ${count(this.step)} made ${suspect.culprit.tensor} ${suspect.culprit.value}, but not when they ran again: this device makes errors; use another one, or --backend cpu`,
        );
    }
  }

  async #look(
    onLook: RunOptions["onLook"],
    during: NonNullable<RunOptions["during"]> = (work) => work(() => {}),
  ): Promise<void> {
    const dev = this.#dev as Split;
    const look = await this.#network.look(({ parameters }) =>
      during((onFraction) => lookAt(this.#machine, this.sizes, parameters, this.train, dev, onFraction)),
    );
    onLook?.(look);
  }

  /**
   * The network that the run keeps: as it stands, or with `keep: "best"` that of the lowest dev loss so far. BatchNorm is calibrated over the
   * whole training set. Training may go on meanwhile.
   * @throws ClosedError when the machine is closed
   */
  model(onFraction?: OnFraction): Promise<Model> {
    return keptModel(this.#machine, this, this.state(), onFraction);
  }

  /** Frees its memory on the device. It cannot run any more; its state stays. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    this.#stepper?.executable.close();
    this.#stepper = undefined;
  }

  get #where(): string {
    return `at step ${count(this.step)} of ${count(this.config.steps)}`;
  }

  /** Runs at most so many steps, and keeps their result if all of it is finite. */
  async #advance(most: number): Promise<Outcome> {
    const stepper = this.#stepper ?? (await this.#compileAgain());
    const steps = this.#pace.next(Math.min(most, stepper.capacity));
    const start = performance.now();
    const submitted = await this.#submit(stepper, steps);
    this.#pace.record(steps, performance.now() - start - stepper.executable.latency);
    const culprit = findCulprit(submitted, this.sizes);
    if (culprit) {
      this.#restore(stepper);
      return { steps, culprit };
    }
    this.#network.ran(submitted.losses);
    this.#network.advance(submitted);
    return { steps, losses: submitted.losses };
  }

  async #submit(stepper: Stepper, steps: number): Promise<Submitted> {
    try {
      return await stepper.run(steps, (i, inputs, slot) => this.#network.fill(i, inputs, slot));
    } catch (error) {
      // Its weights may now be those of any step since.
      this.#drop();
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
    uploadWeights(executable, this.state());
    this.#network.rewind();
  }

  /** The next step is the one that goes wrong: finds the tensor. */
  async #divergence(culprit: Culprit): Promise<DivergenceError> {
    const { step } = this;
    const lr = learningRate(this.config, step);
    const next = firstStep(this.sizes, this.state(), this.train);
    const traced = await traceDivergence(this.#machine, next, this.state(), this.config, this.path);
    return new DivergenceError(step, lr, traced ?? culprit);
  }
}
