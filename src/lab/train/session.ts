/** One training run as the page sees it: it can be paused, stepped and inspected between any two submits. */
import type { Dataset } from "../../data/examples.ts";
import { BusyError } from "../../plan/life.ts";
import {
  type Checkpoint,
  encodeCheckpoint,
  modelOf,
  modelStep,
  type WordSource,
} from "../../train/checkpoint.ts";
import { sizesOf, type TrainConfig } from "../../train/config.ts";
import { calibrate, evaluate, type Statistics } from "../../train/evaluate.ts";
import { firstExamples, type Look } from "../../train/look.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { Overfitting } from "../../train/overfitting.ts";
import { sampleNames } from "../../train/sampling.ts";
import { NOTEBOOK_NAMES } from "../../train/sampling_options.ts";
import { snapshot } from "../../train/snapshot.ts";
import { initialState, type TrainingState } from "../../train/state.ts";
import { firstStep, type Step } from "../../train/step.ts";
import { Trainer } from "../../train/trainer.ts";
import { type Drawn, type DrawRequest, drawNames } from "./draw.ts";
import type { Listener, SessionEvent } from "./events.ts";
import { Prober } from "./probe.ts";

/** The data a run is trained on; a session keeps its own, whatever list the page opens meanwhile. */
export interface RunData {
  readonly dataset: Dataset;
  readonly source: WordSource;
}

export interface SessionOptions extends RunData {
  readonly machine: OpenedMachine;
  readonly config: TrainConfig;
  /** Where to go on; the initialisation if absent. */
  readonly state?: TrainingState;
  readonly emit: Listener<SessionEvent>;
}

/** Losses over the whole splits, and names, as the command line gives them. */
export interface Evaluation {
  readonly step: number;
  /** The step of the weights that the run keeps, which these are about. */
  readonly kept: number;
  readonly train: number;
  readonly dev: number;
  readonly test: number;
  readonly names: readonly string[];
}

/** Milliseconds between two messages with losses. */
const MESSAGES = 100;
/** Milliseconds of work per submit: a GPU draws the page too, a worker's CPU does not. */
const SUBMIT = { gpu: 10, cpu: 50 };

interface Chore {
  /** Only once the run has begun: before that nothing is worth keeping, and what is kept may be another run. */
  readonly begun?: true;
  /** Milliseconds from the end of one to the next, and at least ten times as long as it takes: a tenth of the run at most. */
  readonly every: number;
  due: number;
  /** @param statistics of the current weights, from part of the training set, computed once for all chores */
  work(state: TrainingState, statistics: () => Promise<Statistics>): Promise<void>;
}

export class Session {
  readonly data: RunData;
  readonly trainer: Trainer;
  readonly #machine: OpenedMachine;
  readonly #prober: Prober;
  readonly #emit: Listener<SessionEvent>;
  readonly #chores: readonly Chore[];
  readonly #overfitting: Overfitting;
  #pausing = false;
  #active = false;
  #running: Promise<void> = Promise.resolve();
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #pending: { first: number; losses: number[] } = { first: 0, losses: [] };
  #lastMessage = 0;
  #rate = new Rate(0);

  private constructor(o: SessionOptions, trainer: Trainer, prober: Prober) {
    this.data = { dataset: o.dataset, source: o.source };
    this.trainer = trainer;
    this.#machine = o.machine;
    this.#prober = prober;
    this.#emit = o.emit;
    this.#chores = [
      { every: 1000, due: 0, work: (state) => this.#look(state) },
      { begun: true, every: 10_000, due: 0, work: (state, statistics) => this.#keep(state, statistics) },
      { every: 3000, due: 0, work: (state, statistics) => this.#sample(state, statistics) },
    ];
    this.#overfitting = new Overfitting(o.config, o.dataset.vocabulary.size);
  }

  /** @throws LimitError when a size does not fit the device */
  static async create(o: SessionOptions): Promise<Session> {
    const { machine, config, dataset } = o;
    const vocabulary = dataset.vocabulary.size;
    const submit = SUBMIT[machine.backend];
    const trainer = await Trainer.create({ ...o, data: dataset, submit });
    try {
      const sizes = sizesOf(config, vocabulary);
      const fixed = firstStep(sizes, initialState(config, vocabulary), dataset.train);
      return new Session(o, trainer, await Prober.create(machine, fixed));
    } catch (error) {
      trainer.close();
      throw error;
    }
  }

  get config(): TrainConfig {
    return this.trainer.config;
  }

  get step(): number {
    return this.trainer.step;
  }

  /**
   * Trains until the run's total, `until` or a pause.
   * @throws DivergenceError, or BusyError while it trains already
   */
  async run(until = this.config.steps): Promise<void> {
    if (this.#active) throw new BusyError("the run goes on already; pause it first");
    this.#active = true;
    this.#pausing = false;
    this.#running = this.#run(until).finally(() => {
      this.#active = false;
    });
    await this.#running;
  }

  async #run(until: number): Promise<void> {
    this.#rate = new Rate(this.step);
    for (const chore of this.#chores) chore.due = performance.now() + chore.every / 2;
    try {
      while (this.step < until && !this.#pausing) {
        const due = Math.min(...this.#chores.map((c) => c.due));
        const stopped = () => this.#pausing || this.#waiting > 0 || performance.now() >= due;
        await this.#alone(() =>
          this.trainer.run((first, losses) => this.#add(first, losses), {
            until,
            stopped,
            onLook: (look) => this.#dev(look),
          }),
        );
        if (performance.now() >= due) await this.#do(this.#chores.filter((c) => performance.now() >= c.due));
      }
    } finally {
      this.#flush();
    }
  }

  /** Ends a run after the current submit; resolves when it has ended, even with an error. */
  async pause(): Promise<void> {
    this.#pausing = true;
    await this.#running.catch(() => {});
  }

  /** Sends the page a look at the current network and, once the run has begun, a checkpoint to keep. */
  look(): Promise<void> {
    return this.#do(this.#chores.filter((chore) => !chore.begun || this.step > 0));
  }

  /** The current weights with the minibatch that comes next. */
  nextStep(): Promise<Step & { at: number }> {
    return this.between(async (state) => ({
      ...firstStep(this.trainer.sizes, state, this.data.dataset.train),
      at: state.step,
    }));
  }

  /** Does `work` between two submits, so that training and it never mix. */
  between<T>(work: (state: TrainingState) => Promise<T>): Promise<T> {
    return this.#alone(async () => work(this.trainer.state()));
  }

  /** The file that the command line would write. */
  async checkpoint(): Promise<Uint8Array> {
    return encodeCheckpoint(await this.#snapshot());
  }

  /** Losses of the current state over the whole splits, with BatchNorm calibrated over the whole training set. */
  async evaluate(): Promise<Evaluation> {
    const checkpoint = await this.#snapshot();
    const model = modelOf(checkpoint);
    const { train, dev, test, vocabulary } = this.data.dataset;
    return this.#alone(async () => ({
      step: checkpoint.step,
      kept: modelStep(checkpoint),
      train: await evaluate(this.#machine, model, train),
      dev: await evaluate(this.#machine, model, dev),
      test: await evaluate(this.#machine, model, test),
      names: await sampleNames(this.#machine, model, vocabulary, NOTEBOOK_NAMES),
    }));
  }

  /** Names of the weights that the run keeps, as `sample` draws them from {@link checkpoint}. */
  async draw(request: DrawRequest): Promise<Drawn> {
    const checkpoint = await this.#snapshot();
    return this.#alone(() => drawNames(this.#machine, checkpoint, this.data.dataset, request));
  }

  /** Frees its memory on the device, once nothing uses it. */
  async close(): Promise<void> {
    await this.pause();
    await this.#tail;
    this.trainer.close();
    this.#prober.close();
  }

  #snapshot(): Promise<Checkpoint> {
    const { dataset, source } = this.data;
    return this.#alone(() => snapshot(this.#machine, this.trainer, dataset, source));
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#tail.then(() => {
      this.#waiting--;
      return work();
    });
    this.#tail = result.catch(() => {});
    return result;
  }

  #do(chores: readonly Chore[]): Promise<void> {
    this.#flush();
    return this.between(async (state) => {
      let statistics: Promise<Statistics> | undefined;
      for (const chore of chores) {
        const start = performance.now();
        await chore.work(state, () => (statistics ??= this.#glance(state)));
        const end = performance.now();
        chore.due = end + Math.max(chore.every, 10 * (end - start));
      }
    });
  }

  /** BatchNorm's statistics from part of the training set: good enough to watch, and to go on from. */
  #glance({ parameters }: Pick<TrainingState, "parameters">): Promise<Statistics> {
    return calibrate(this.#machine, this.trainer.sizes, parameters, firstExamples(this.trainer.train));
  }

  async #look(state: TrainingState): Promise<void> {
    const probe = await this.#prober.measure(state, this.config);
    this.#emit({ type: "probe", probe });
  }

  async #sample({ step, parameters }: TrainingState, statistics: () => Promise<Statistics>): Promise<void> {
    const { dev, vocabulary } = this.data.dataset;
    const model = { sizes: this.trainer.sizes, parameters, vocabulary, ...(await statistics()) };
    const devLoss = await evaluate(this.#machine, model, firstExamples(dev));
    const names = await sampleNames(this.#machine, model, vocabulary, NOTEBOOK_NAMES);
    this.#emit({ type: "sample", step, devLoss, names });
  }

  async #keep(state: TrainingState, statistics: () => Promise<Statistics>): Promise<void> {
    const { step, best } = state;
    const { dataset, source } = this.data;
    const checkpoint: Checkpoint = {
      ...state,
      ...(await (best && best.step < step ? this.#glance(best) : statistics())),
      config: { ...this.config, path: this.trainer.path },
      vocabulary: dataset.vocabulary,
      words: source,
    };
    this.#emit({ type: "checkpoint", step, bytes: encodeCheckpoint(checkpoint) });
  }

  #dev(look: Look): void {
    // The losses up to here first: the page places this loss beside them.
    this.#flush();
    this.#emit({ type: "dev", step: look.step, devLoss: look.dev, note: this.#overfitting.note(look) });
  }

  #add(first: number, losses: ArrayLike<number>): void {
    const pending = this.#pending;
    if (pending.losses.length === 0) pending.first = first;
    for (let i = 0; i < losses.length; i++) pending.losses.push(losses[i]);
    if (performance.now() - this.#lastMessage >= MESSAGES) this.#flush();
  }

  #flush(): void {
    const { first, losses } = this.#pending;
    if (losses.length === 0) return;
    this.#pending = { first: 0, losses: [] };
    this.#lastMessage = performance.now();
    const stepsPerSecond = this.#rate.at(first + losses.length);
    this.#emit({ type: "losses", first, losses: Float32Array.from(losses), stepsPerSecond });
  }
}

/** Steps per second over the last four seconds. */
class Rate {
  readonly #marks: { time: number; step: number }[];

  constructor(step: number) {
    this.#marks = [{ time: performance.now(), step }];
  }

  at(step: number): number {
    const time = performance.now();
    this.#marks.push({ time, step });
    while (this.#marks.length > 2 && time - this.#marks[0].time > 4000) this.#marks.shift();
    const [first] = this.#marks;
    return time > first.time ? ((step - first.step) / (time - first.time)) * 1000 : 0;
  }
}
