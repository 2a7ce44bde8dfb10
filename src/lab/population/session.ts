/** A population as the page sees it: beside a run's session, and like it, it can be paused and looked into between any two submits. */

import type { Dataset, Split } from "../../data/examples.ts";
import { parameterCount } from "../../model/tensors.ts";
import { BusyError } from "../../plan/life.ts";
import { encodeCheckpoint, type WordSource } from "../../train/checkpoint.ts";
import type { TrainConfig } from "../../train/config.ts";
import { calibrate } from "../../train/evaluate.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { type Member, Population } from "../../train/population.ts";
import { snapshot } from "../../train/snapshot.ts";
import type { TrainingState } from "../../train/state.ts";
import { Cadence } from "../train/cadence.ts";
import { SUBMIT } from "../train/compiled.ts";
import { affordable } from "../train/dev_sample.ts";
import { project } from "../train/pca.ts";
import { Rate } from "../train/rate.ts";
import { sampled } from "../train/sampled.ts";
import { InterruptedError } from "../train/session.ts";
import { Turns } from "../train/turns.ts";
import type { PopulationEvent, PopulationInfo } from "./events.ts";

/** Milliseconds between two messages with losses: each has those of many networks. */
const MESSAGES = 250;

export interface PopulationSessionOptions {
  readonly machine: OpenedMachine;
  readonly configs: readonly TrainConfig[];
  readonly dataset: Dataset;
  readonly source: WordSource;
  /** May return a promise, after which the page has had the event. */
  readonly tell: (event: PopulationEvent) => unknown;
}

export class PopulationSession {
  readonly #o: PopulationSessionOptions;
  readonly #calibration: Split;
  readonly #dev: Split;
  readonly #looking = new Cadence(3000);
  readonly #machine: OpenedMachine;
  readonly #population: Population;
  /** The network that is looked at as they train. */
  #chosen = 0;
  /** The axes of the last embedding, and the network that it was of. */
  #axes: { readonly member: number; readonly axes: Float64Array } | undefined;
  #pausing = false;
  /** Aborted to end the work that only shows a network. */
  #showing = new AbortController();
  #running: Promise<void> | undefined;
  readonly #turns = new Turns();
  #pending = new Map<number, number[]>();
  #lastMessage = 0;
  #rate = new Rate(0);
  #steps = 0;
  #told: Promise<unknown> = Promise.resolve();

  private constructor(o: PopulationSessionOptions, population: Population) {
    this.#o = o;
    this.#machine = o.machine;
    this.#population = population;
    const [parameters, { backend }] = [parameterCount(population.members[0].sizes), o.machine];
    this.#dev = affordable(o.dataset.dev, "dev", parameters, backend);
    this.#calibration = affordable(o.dataset.train, "calibration", parameters, backend);
  }

  /**
   * @param states where each network goes on; a fresh start if absent
   * @throws LimitError when not even one network fits the device
   */
  static async create(
    o: PopulationSessionOptions,
    states?: readonly TrainingState[],
  ): Promise<PopulationSession> {
    const { machine, configs, dataset } = o;
    const submit = SUBMIT[machine.backend];
    return new PopulationSession(
      o,
      await Population.create({ machine, configs, states, data: dataset, submit }),
    );
  }

  get info(): PopulationInfo {
    const { configs, source, dataset } = this.#o;
    const { members, note } = this.#population;
    return {
      configs,
      source,
      characters: dataset.vocabulary.characters,
      path: members[0].path,
      note,
      parameters: parameterCount(members[0].sizes),
    };
  }

  /** Nothing is left to train: every network has its steps, or has diverged. */
  get done(): boolean {
    return this.#population.members.every(({ step, config, diverged }) => diverged || step >= config.steps);
  }

  /**
   * Trains until every network has its steps, or a pause; resolves once the page has been told all.
   * @throws BusyError while it trains already
   */
  async run(): Promise<void> {
    if (this.#running) throw new BusyError("the population trains already; pause it first");
    this.#pausing = false;
    this.#stopShowing();
    this.#running = this.#run();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
      this.#flush();
      await this.#told;
    }
  }

  async #run(): Promise<void> {
    this.#rate = new Rate(this.#steps);
    this.#looking.begin(performance.now());
    const due = () => performance.now() >= this.#looking.due;
    while (!this.done && !this.#pausing) {
      await this.#turns.take(() =>
        this.#population.run((member, _, losses) => this.#add(member, losses), {
          stopped: () => this.#pausing || this.#turns.wanted || due(),
          onDiverged: (member, error) => this.#diverged(member, error),
        }),
      );
      if (!this.#pausing && due()) await this.look(this.#chosen);
    }
  }

  /** Ends training after the current submit, and a look at once; resolves when training has ended, even with an error. */
  async pause(): Promise<void> {
    this.#pausing = true;
    this.#stopShowing();
    await this.#running?.catch(() => {});
  }

  /** This network is looked at from now on, and at once. */
  async choose(member: number): Promise<void> {
    this.#chosen = member;
    await this.look(member);
    await this.#told;
  }

  /** Tells the page what is to be seen of a network now, unless a pause ends that. */
  async look(member: number): Promise<void> {
    const { signal } = this.#showing;
    try {
      await this.#turns.take(() => this.#look(member, () => signal.throwIfAborted()));
    } catch (error) {
      if (error !== signal.reason) throw error;
    }
  }

  /** Looks at all networks, one after the other, up to a pause. */
  async lookAtAll(): Promise<void> {
    const { signal } = this.#showing;
    for (const member of this.#population.members.keys()) if (!signal.aborted) await this.look(member);
    await this.#told;
  }

  async #look(member: number, onFraction: () => void): Promise<void> {
    const start = performance.now();
    const { sizes } = this.#member(member);
    const { step, parameters } = this.#member(member).state();
    const { vocabulary } = this.#o.dataset;
    const statistics = await calibrate(this.#machine, sizes, parameters, this.#calibration, onFraction);
    const model = { sizes, parameters, vocabulary, ...statistics };
    const found = await sampled(this.#machine, model, this.#dev, onFraction);
    const before = this.#axes?.member === member ? this.#axes.axes : undefined;
    const { points, axes } = project(parameters.C, sizes.embedding, before);
    this.#axes = { member, axes };
    this.#tell({ type: "look", member, step, ...found, embedding: points });
    this.#looking.done(start, performance.now());
  }

  /** A network as the file that the command line would write. */
  checkpoint(member: number): Promise<Uint8Array> {
    const { dataset, source } = this.#o;
    return this.#turns.take(async () =>
      encodeCheckpoint(await snapshot(this.#machine, this.#member(member), dataset, source)),
    );
  }

  /**
   * The same networks on another machine, to go on there. This session stays as it is, to be closed.
   * @throws LimitError when not even one network fits it
   */
  async on(machine: OpenedMachine): Promise<PopulationSession> {
    await this.pause();
    const states = this.#population.members.map((member) => member.state());
    return PopulationSession.create({ ...this.#o, machine }, states);
  }

  /** Frees its memory on the device, once nothing uses it. */
  async close(): Promise<void> {
    await this.pause();
    await this.#turns.done();
    await this.#told;
    this.#population.close();
  }

  #member(member: number): Member {
    const found = this.#population.members[member];
    if (!found)
      throw new RangeError(`there is no network ${member}; there are ${this.#population.members.length}`);
    return found;
  }

  #stopShowing(): void {
    this.#showing.abort(new InterruptedError());
    this.#showing = new AbortController();
  }

  #add(member: number, losses: ArrayLike<number>): void {
    const pending = this.#pending.get(member) ?? [];
    for (let i = 0; i < losses.length; i++) pending.push(losses[i]);
    this.#pending.set(member, pending);
    this.#steps += losses.length;
    if (performance.now() - this.#lastMessage >= MESSAGES) this.#flush();
  }

  #flush(): void {
    if (this.#pending.size === 0) return;
    const of = [...this.#pending].map(([member, losses]) => ({ member, losses: Float32Array.from(losses) }));
    this.#pending = new Map();
    this.#lastMessage = performance.now();
    this.#tell({ type: "losses", of, networkStepsPerSecond: this.#rate.at(this.#steps) });
  }

  #diverged(member: Member, { step, message }: { readonly step: number; readonly message: string }): void {
    this.#flush();
    const at = this.#population.members.indexOf(member);
    this.#tell({ type: "diverged", member: at, step, message });
  }

  #tell(event: PopulationEvent): void {
    this.#told = Promise.resolve(this.#o.tell(event)).catch(() => {});
  }
}
