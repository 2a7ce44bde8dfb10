/** One training run as the page sees it: it can be paused, stepped and inspected between any two submits. */

import { type Dataset, type Split, wordSets } from "../../data/examples.ts";
import type { AnyPath } from "../../model/plans.ts";
import { type Parameters, parameterCount } from "../../model/tensors.ts";
import { BusyError } from "../../plan/life.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Broken, breakAt } from "../../train/broken.ts";
import {
  type Checkpoint,
  encodeCheckpoint,
  modelOf,
  modelStep,
  type WordSource,
} from "../../train/checkpoint.ts";
import { resolvePath, type TrainConfig } from "../../train/config.ts";
import { calibrate, evaluate, type OnFraction, type Statistics } from "../../train/evaluate.ts";
import type { Look } from "../../train/look.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { Overfitting } from "../../train/overfitting.ts";
import { sampleNames } from "../../train/sampling.ts";
import { NOTEBOOK_NAMES } from "../../train/sampling_options.ts";
import { snapshot } from "../../train/snapshot.ts";
import type { TrainingState } from "../../train/state.ts";
import { firstStep, type Step } from "../../train/step.ts";
import type { Trainer } from "../../train/trainer.ts";
import type { StepEvent } from "../charts/chart.ts";
import { Cadence } from "./cadence.ts";
import { changeAt, requireChangeable } from "./changes.ts";
import { type Compiled, compile } from "./compiled.ts";
import { affordable } from "./dev_sample.ts";
import type { Listener, SessionEvent } from "./events.ts";
import { type Drawn, type DrawRequest, drawNames } from "./play/draw.ts";
import { type Live, type LiveRequest, liveOf } from "./play/live.ts";
import { Rate } from "./rate.ts";
import { sampled } from "./sampled.ts";
import { Turns } from "./turns.ts";

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
  /** What was changed while it ran so far. */
  readonly changes?: readonly StepEvent[];
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

/** What a chore is given with the state. */
type Given = [
  /** Of the current weights, from part of the training set, computed once for all chores. */
  statistics: () => Promise<Statistics>,
  /** Throws once nobody waits for the chore any more. */
  onFraction: OnFraction,
];

interface Chore {
  /** Only once the run has begun: before that nothing is worth keeping, and what is kept may be another run. */
  readonly begun?: true;
  readonly cadence: Cadence;
  readonly work: (state: TrainingState, ...given: Given) => Promise<void>;
}

export class Session {
  readonly data: RunData;
  /** What the dev loss is taken over during the run. */
  readonly devSample: Split;
  /** What BatchNorm is calibrated on for that. */
  readonly #calibration: Split;
  readonly #machine: OpenedMachine;
  readonly #emit: Listener<SessionEvent>;
  readonly #sampling = new Cadence(3000);
  readonly #chores: readonly Chore[];
  readonly #overfitting: Overfitting;
  #config: TrainConfig;
  #compiled: Compiled;
  #changes: readonly StepEvent[];
  #broken: Broken;
  /** The last statistics, and the weights that they are of. */
  #glanced: { readonly parameters: Parameters; readonly statistics: Statistics } | undefined;
  #training: ReadonlySet<string> | undefined;
  #pausing = false;
  /** Aborted to end the work that only shows the network: with a large one it takes minutes. */
  #showing = new AbortController();
  #active = false;
  #running: Promise<void> = Promise.resolve();
  readonly #turns = new Turns();
  #pending: { first: number; losses: number[] } = { first: 0, losses: [] };
  #lastMessage = 0;
  #rate = new Rate(0);

  private constructor(o: SessionOptions, compiled: Compiled) {
    this.data = { dataset: o.dataset, source: o.source };
    this.#machine = o.machine;
    this.#config = o.config;
    this.#compiled = compiled;
    this.#changes = o.changes ?? [];
    this.#broken = compiled.broken;
    this.#emit = o.emit;
    const [parameters, { backend }] = [parameterCount(compiled.trainer.sizes), o.machine];
    this.devSample = affordable(o.dataset.dev, "dev", parameters, backend);
    this.#calibration = affordable(o.dataset.train, "calibration", parameters, backend);
    this.#chores = [
      { cadence: new Cadence(1000), work: (state) => this.#look(state) },
      { begun: true, cadence: new Cadence(10_000), work: (...given) => this.#keep(...given) },
      { cadence: this.#sampling, work: (...given) => this.#sample(...given) },
    ];
    this.#overfitting = new Overfitting(o.config, o.dataset.vocabulary.size);
  }

  /** @throws LimitError when a size does not fit the device */
  static async create(o: SessionOptions): Promise<Session> {
    return new Session(o, await compile(o));
  }

  /** As they were asked for: what a broken gradient makes of them is the trainer's. */
  get config(): TrainConfig {
    return this.#config;
  }

  /** Another one after a {@link change}. */
  get trainer(): Trainer {
    return this.#compiled.trainer;
  }

  /** What was changed while it ran, so that its settings alone make another run. */
  get changes(): readonly StepEvent[] {
    return this.#changes;
  }

  get broken(): Broken {
    return this.#broken;
  }

  /** The step with its mistake, as {@link Compiled.planAt}. */
  brokenPlan(level: AnyPath): Plan | undefined {
    return this.#compiled.planAt(level);
  }

  get step(): number {
    return this.trainer.step;
  }

  /**
   * Trains until the run's total, `until` or a pause.
   * @throws DivergenceError, or BusyError while it trains already
   */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#active) throw new BusyError("the run goes on already; pause it first");
    this.#active = true;
    this.#pausing = false;
    this.#stopShowing();
    this.#running = this.#run(until).finally(() => {
      this.#active = false;
    });
    await this.#running;
  }

  async #run(most: number): Promise<void> {
    // The total may change meanwhile.
    const until = () => Math.min(most, this.config.steps);
    this.#rate = new Rate(this.step);
    for (const { cadence } of this.#chores) cadence.begin(performance.now());
    const due = () => this.#chores.filter(({ cadence }) => performance.now() >= cadence.due);
    try {
      while (this.step < until() && !this.#pausing) {
        await this.#turns.take(() => this.#train(until(), () => due().length > 0));
        if (!this.#pausing) await this.#do(due());
      }
    } finally {
      this.#flush();
    }
  }

  /** Up to `until`, a pause, whoever waits for the device, or a chore. */
  async #train(until: number, chores: () => boolean): Promise<void> {
    const { signal } = this.#showing;
    try {
      await this.trainer.run((first, losses) => this.#add(first, losses), {
        until,
        stopped: () => this.#pausing || this.#turns.wanted || chores(),
        onLook: (look) => this.#note(look),
        during: (look) => look(() => signal.throwIfAborted()),
      });
    } catch (error) {
      // A run that keeps its best weights makes up for the look when it goes on.
      if (error !== signal.reason) throw error;
    }
  }

  /** Ends a run after the current submit, or an evaluation; resolves when it has ended, even with an error. */
  async pause(): Promise<void> {
    this.#pausing = true;
    this.#stopShowing();
    await this.#running.catch(() => {});
  }

  #stopShowing(): void {
    this.#showing.abort(new InterruptedError());
    this.#showing = new AbortController();
  }

  /** Sends the page a look at the current network and, once the run has begun, a checkpoint to keep. */
  look(): Promise<void> {
    const chores = this.#chores.filter((chore) => !chore.begun || this.step > 0);
    return this.#do(chores, { mustKeep: true });
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
    return this.#turns.take(async () => work(this.#state));
  }

  get #state(): TrainingState {
    const broken = this.#broken;
    return { ...this.trainer.state(), ...(broken.length > 0 && { broken }) };
  }

  /**
   * Goes on under other settings from the next step on, and without a pause.
   * @param mistake of the exercises' catalogue, which breaks a gradient; null if all are right again, undefined if that stays as it is
   * @throws ConfigError for settings that a run that has begun cannot change
   */
  change(config: TrainConfig, mistake?: string | null): Promise<void> {
    return this.#turns.take(async () => {
      const { step } = this;
      if (config !== this.config) requireChangeable(this.config, config, step);
      const broken = mistake === undefined ? this.#broken : breakAt(this.#broken, step, mistake ?? undefined);
      const { dataset } = this.data;
      const compiled = await compile({
        machine: this.#machine,
        config,
        dataset,
        state: { ...this.#state, broken },
      });
      this.#compiled.close();
      this.#compiled = compiled;
      this.#broken = compiled.broken;
      this.#changes = [...this.#changes, ...changeAt(this.config, config, step)];
      this.#config = config;
    });
  }

  /** The file that the command line would write. */
  async checkpoint(): Promise<Uint8Array> {
    return encodeCheckpoint(await this.#snapshot());
  }

  /**
   * Losses of the current state over the whole splits, with BatchNorm calibrated over the whole training set.
   * @throws InterruptedError after a {@link pause}
   */
  async evaluate(): Promise<Evaluation> {
    const { train, dev, test, vocabulary } = this.data.dataset;
    const over = this.#progress(2 * train.length + dev.length + test.length);
    const checkpoint = await this.#snapshot(over(train));
    const model = modelOf(checkpoint);
    return this.#turns.take(async () => ({
      step: checkpoint.step,
      kept: modelStep(checkpoint),
      train: await evaluate(this.#machine, model, train, over(train)),
      dev: await evaluate(this.#machine, model, dev, over(dev)),
      test: await evaluate(this.#machine, model, test, over(test)),
      names: await sampleNames(this.#machine, model, vocabulary, NOTEBOOK_NAMES),
    }));
  }

  /**
   * Tells the page how much of an evaluation is done, and ends it at a pause.
   * @param total examples, over all splits
   */
  #progress(total: number): (split: Split) => OnFraction {
    const { signal } = this.#showing;
    let [before, told] = [0, performance.now()];
    return ({ length }) => {
      const start = before;
      before += length;
      return (fraction) => {
        signal.throwIfAborted();
        if (performance.now() - told < MESSAGES) return;
        told = performance.now();
        this.#emit({ type: "evaluating", share: (start + fraction * length) / total });
      };
    };
  }

  /** Names of the weights that the run keeps, as `sample` draws them from {@link checkpoint}. */
  async draw(request: DrawRequest): Promise<Drawn> {
    const checkpoint = await this.#snapshot();
    return this.#turns.take(() => drawNames(this.#machine, checkpoint, this.data.dataset, request));
  }

  /**
   * What the weights that the run keeps make of a beginning; with BatchNorm calibrated as during the run, so that it comes at once.
   * @throws InterruptedError after a {@link pause}
   */
  play(request: LiveRequest): Promise<Live> {
    const { signal } = this.#showing;
    return this.between(async (state) => {
      const { step, parameters } = state.best ?? state;
      const { dataset } = this.data;
      const { vocabulary } = dataset;
      this.#training ??= wordSets(dataset).training;
      const statistics = await this.#glance({ parameters }, () => signal.throwIfAborted());
      const model = { sizes: this.trainer.sizes, parameters, vocabulary, ...statistics };
      return { step, ...(await liveOf(this.#machine, model, this.#training, request)) };
    });
  }

  /** Frees its memory on the device, once nothing uses it. */
  async close(): Promise<void> {
    await this.pause();
    await this.#turns.done();
    this.#compiled.close();
  }

  #snapshot(onFraction?: OnFraction): Promise<Checkpoint> {
    const { dataset, source } = this.data;
    return this.#turns.take(async () => {
      const state = this.#state;
      const config = this.#ownConfig;
      return {
        ...(await snapshot(this.#machine, this.trainer, dataset, source, onFraction)),
        ...state,
        config,
      };
    });
  }

  /** With the path that is taken, as a checkpoint has it; where a gradient is broken, the one that would be. */
  get #ownConfig(): TrainConfig {
    const { path } = resolvePath(this.config, this.trainer.sizes.vocabulary, this.#machine.kind);
    return { ...this.config, path };
  }

  /** @param o.mustKeep whether a checkpoint is finished even if nobody waits for the rest any more */
  #do(chores: readonly Chore[], { mustKeep = false } = {}): Promise<void> {
    if (chores.length === 0) return Promise.resolve();
    this.#flush();
    const { signal } = this.#showing;
    return this.between(async (state) => {
      let statistics: Promise<Statistics> | undefined;
      try {
        for (const { begun, cadence, work } of chores) {
          const must = begun && mustKeep;
          if (signal.aborted && !must) continue;
          const onFraction = () => must || signal.throwIfAborted();
          const start = performance.now();
          await work(state, () => (statistics ??= this.#glance(state, onFraction)), onFraction);
          cadence.done(start, performance.now());
        }
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    });
  }

  /** BatchNorm's statistics from part of the training set: good enough to watch, and to go on from. */
  async #glance(
    { parameters }: Pick<TrainingState, "parameters">,
    onFraction: OnFraction,
  ): Promise<Statistics> {
    if (this.#glanced?.parameters === parameters) return this.#glanced.statistics;
    const { sizes } = this.trainer;
    const statistics = await calibrate(this.#machine, sizes, parameters, this.#calibration, onFraction);
    this.#glanced = { parameters, statistics };
    return statistics;
  }

  async #look(state: TrainingState): Promise<void> {
    const probe = await this.#compiled.prober.measure(state, this.config);
    this.#emit({ type: "probe", probe });
  }

  async #sample({ step, parameters }: TrainingState, ...[statistics, onFraction]: Given): Promise<void> {
    const { vocabulary } = this.data.dataset;
    const model = { sizes: this.trainer.sizes, parameters, vocabulary, ...(await statistics()) };
    const found = await sampled(this.#machine, model, this.devSample, onFraction);
    this.#emit({ type: "sample", step, ...found });
  }

  async #keep(state: TrainingState, ...[statistics, onFraction]: Given): Promise<void> {
    const { step, best } = state;
    const { dataset, source } = this.data;
    const checkpoint: Checkpoint = {
      ...state,
      ...(await (best && best.step < step ? this.#glance(best, onFraction) : statistics())),
      config: this.#ownConfig,
      vocabulary: dataset.vocabulary,
      words: source,
    };
    this.#emit({ type: "checkpoint", step, bytes: encodeCheckpoint(checkpoint) });
  }

  /** The trainer's own looks are at its first dev examples; what the page shows has a larger sample. */
  #note(look: Look): void {
    const note = this.#overfitting.note(look);
    if (note) this.#emit({ type: "overfitting", note });
    this.#sampling.hurry(performance.now());
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

/** The work was not wanted any more. */
export class InterruptedError extends Error {
  override name = "InterruptedError";

  constructor() {
    super("it was stopped before it was done");
  }
}
