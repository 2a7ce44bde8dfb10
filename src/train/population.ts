/**
 * Many networks of equal shape, trained side by side: one dispatch runs a workgroup for each. They may differ in seeds, learning rates, and
 * whatever else needs no other kernel. Each ends with the bits that it has alone on the single path.
 */
import { show } from "../data/error.ts";
import type { Split } from "../data/examples.ts";
import { LimitError } from "../gpu/limits.ts";
import { stateOf } from "../model/optimizers.ts";
import type { AnyPath } from "../model/plans.ts";
import { parameterCount } from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import { BusyError, ClosedError } from "../plan/life.ts";
import { type Machine, requireMachine } from "../plan/machine.ts";
import { MemoryError, requireMemory } from "../plan/memory.ts";
import { MismatchError, requireOptions } from "./belong.ts";
import { resolvePath, type TrainConfig } from "./config.ts";
import { DivergenceError, findCulprit, firstNotFinite } from "./divergence.ts";
import type { OnFraction } from "./evaluate.ts";
import { type Examples, examplesOf, type Given, networkOf } from "./given.ts";
import { lookAt, nextLook } from "./look.ts";
import type { Model } from "./model.ts";
import type { Network } from "./network.ts";
import { updateRuleOf } from "./optimizer.ts";
import { Pace } from "./pace.ts";
import { uploadPopulation } from "./parameters.ts";
import type { Resumable, TrainingState } from "./state.ts";
import { compileStepper, type Stepper } from "./stepper.ts";
import { keptModel, type Trained } from "./trained.ts";
import { Trainer } from "./trainer.ts";

interface Options {
  readonly machine: Machine;
  /** One for each network. Sizes, optimiser and path must be the same. */
  readonly configs: readonly TrainConfig[];
  /** Where each network goes on: a checkpoint, or a member's state; a fresh start where absent. */
  readonly states?: readonly (Resumable | undefined)[];
  /** Milliseconds of work per submit (50): a page takes less, so that it can draw in between. */
  readonly submit?: number;
}

export type PopulationOptions = Options & Examples;

export interface PopulationRunOptions {
  /** The step to stop at; each network's total if absent. */
  readonly until?: number;
  /** Asked between submits; true ends the call early. */
  readonly stopped?: () => boolean;
  /** Called when a network has diverged. It stands at its last good step; the others go on. */
  readonly onDiverged?: (member: Member, error: DivergenceError) => void;
}

/** One network of a population. */
export class Member implements Trained {
  readonly path: AnyPath;
  /** What ended it, if it diverged. */
  diverged: DivergenceError | undefined;
  readonly #machine: Machine;
  readonly #network: Network;

  constructor(machine: Machine, network: Network, path: AnyPath) {
    this.#machine = machine;
    this.#network = network;
    this.path = path;
  }

  get config(): TrainConfig {
    return this.#network.config;
  }

  get sizes() {
    return this.#network.sizes;
  }

  get train(): Split {
    return this.#network.train;
  }

  /** Steps done so far, by this run and those it goes on from. */
  get step(): number {
    return this.#network.step;
  }

  state(): TrainingState {
    return this.#network.state;
  }

  /** See {@link Trainer.model}. @throws ClosedError when the machine is closed */
  model(onFraction?: OnFraction): Promise<Model> {
    return keptModel(this.#machine, this, this.state(), onFraction);
  }
}

/**
 * Most networks at once on a software device, which has a few cores: a step of all is then no longer than a submit (a step of the default
 * network takes a core 0.1 to 0.4 ms), and more of them side by side would be no faster.
 */
const MOST_IN_SOFTWARE = 256;

/** Milliseconds between two times at which the weights come to the host: what has to be done again when a device is lost. */
const FETCH = 250;
const NONE = new Float32Array();

type OnLosses = (member: number, first: number, losses: ArrayLike<number>) => void;

/** A network, and how many steps it made in a submit. */
interface Wrong {
  readonly id: number;
  readonly steps: number;
}

interface Run extends PopulationRunOptions {
  readonly onLosses: OnLosses;
}

export class Population {
  /** In the order of the configurations. */
  readonly members: readonly Member[];
  /** How many parts are trained one after another: one, if the device holds all networks at once. */
  readonly rounds: number;
  /** Why there are so many rounds, in one line. */
  readonly note: string | undefined;
  /** Dispatches of one step of a round; 0 on the CPU. */
  readonly dispatchesPerStep: number;
  readonly #machine: Machine;
  readonly #given: Given;
  readonly #networks: readonly Network[];
  readonly #submitMs: number | undefined;
  /** Networks of a round; undefined where each is trained by a trainer of its own. */
  readonly #together: number | undefined;
  #pace: Pace;
  /** The value of `performance.now()` at which the weights are fetched next. */
  #due = 0;
  /** Compiled, and holding the weights of the round that begins with network `holds`; absent after a failure. */
  #stepper: Stepper | undefined;
  #holds: number | undefined;
  #running = false;
  #closed = false;

  private constructor(o: Options, given: Given, networks: readonly Network[], how: How) {
    this.#machine = o.machine;
    this.#given = given;
    this.#networks = networks;
    this.#submitMs = o.submit;
    this.#together = how.together;
    this.#stepper = how.stepper;
    this.#pace = this.#freshPace();
    this.members = networks.map((network) => new Member(o.machine, network, how.path));
    this.rounds = Math.ceil(networks.length / (how.together ?? 1));
    this.note = how.note;
    this.dispatchesPerStep = how.stepper?.dispatchesPerStep ?? 0;
  }

  /**
   * Compiles the step. Where the device does not hold all networks at once, they are trained in rounds; where one workgroup does not hold a
   * network, and on the CPU, one after another.
   * @throws MismatchError when data, configurations and states do not belong together; LimitError when not even one network fits;
   *   ClosedError on a closed machine
   */
  static async create(o: PopulationOptions): Promise<Population> {
    const { machine, configs, states = [] } = o;
    requireMachine(machine);
    if (!(Array.isArray(configs) && configs.length > 0))
      throw new TypeError(
        `${Array.isArray(configs) ? "there are no configurations" : `the configurations are ${show(configs)}`}; give a list with one for each network`,
      );
    if (states.length > configs.length)
      throw new MismatchError(
        `there are ${count(states.length)} states, but ${count(configs.length)} configurations; give a state for each, or none`,
      );
    const given = examplesOf(o);
    const networks = configs.map((config, i) => networkOf(given, config, states[i]));
    requireAlike(networks);
    requireMemory(
      "the population",
      networks.length *
        8 *
        (1 + stateOf(updateRuleOf(configs[0])).length) *
        parameterCount(networks[0].sizes),
    );
    return new Population(o, given, networks, await settle(machine, networks));
  }

  /**
   * Trains in submits of about 50 ms, however many networks there are. A network that diverges ends alone.
   * @param onLosses called some times a second, for each network that trained meanwhile, with its place in {@link members}, the number of its
   *   first step and a loss per step
   * @throws BusyError while it runs already; ClosedError when population or machine are closed, before or meanwhile
   */
  async run(onLosses: OnLosses = () => {}, options: PopulationRunOptions = {}): Promise<void> {
    if (typeof onLosses !== "function")
      throw new TypeError(
        `run() was given ${show(onLosses)} for onLosses; give a function, and options after it`,
      );
    requireOptions("run()", options, ["until", "stopped", "onDiverged"]);
    const { until } = options;
    if (until !== undefined && !(until >= 0 && (until % 1 === 0 || until === Infinity)))
      throw new RangeError(`until is ${until}; it must be a number of steps, 0 or more`);
    if (this.#closed) throw new ClosedError("the population");
    if (this.#running) throw new BusyError("the population runs already; wait for that run() to end");
    this.#running = true;
    try {
      const size = this.#together ?? 1;
      for (let first = 0; first < this.#networks.length; first += size)
        await this.#round(first, { ...options, onLosses });
    } catch (error) {
      if (error instanceof ClosedError && this.#closed)
        throw new ClosedError("the population", "it ran", { cause: error });
      throw error;
    } finally {
      this.#running = false;
      if (this.#closed) this.#drop();
    }
  }

  /** Frees its memory on the device. It cannot run any more; the members' states stay. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #round(first: number, run: Run): Promise<void> {
    const { stopped = () => false } = run;
    if (this.#together === undefined) return this.#alone(first, this.#until(first, run), run);
    const all = Array.from({ length: this.#together }, (_, i) => first + i);
    const ids = all.filter((id) => id < this.#networks.length);
    for (;;) {
      const active = ids.filter((id) => this.#left(id, run) > 0);
      const over = active.length === 0 || stopped();
      if (over && ids.every((id) => !this.#isAhead(id))) return;
      if (this.#closed) throw new ClosedError("the population");
      if (!over) for (const id of active) if (this.#networks[id].unseen) await this.#look(id);
      const wrong = await this.#machine.survive(() =>
        over ? this.#fetch(first, run) : this.#advance(first, active, run),
      );
      for (const { id, steps } of wrong) await this.#again(id, steps, run);
      for (const id of active)
        if (this.#networks[id].unseen && !this.members[id].diverged) await this.#look(id);
    }
  }

  /** Whether it has made steps whose weights are still on the device alone. */
  #isAhead(id: number): boolean {
    const { step, reached } = this.#networks[id];
    return reached > step;
  }

  #until(id: number, { until }: Run): number {
    return until ?? this.#networks[id].config.steps;
  }

  /** Steps that a network has to go. */
  #left(id: number, run: Run): number {
    return this.members[id].diverged ? 0 : Math.max(0, this.#until(id, run) - this.#networks[id].reached);
  }

  /** One submit. @returns the networks that made values that are not finite, with their steps that do not count */
  async #advance(first: number, active: readonly number[], run: Run): Promise<Wrong[]> {
    const stepper = this.#stepper ?? (await this.#compileAgain());
    const steps = this.#share(first, active, stepper, run);
    const start = performance.now();
    const losses = await this.#orDrop(() => {
      if (this.#holds !== first) this.#upload(stepper, first);
      return stepper.advance(steps, (i, inputs, slot, network) =>
        this.#networks[first + network].fill(i, inputs, slot),
      );
    });
    const total = steps.reduce((sum, n) => sum + n, 0);
    this.#pace.record(total, performance.now() - start - stepper.executable.latency);
    const bad = new Set<number>();
    for (const id of active) {
      const made = losses[id - first];
      this.#networks[id].ran(made);
      if (firstNotFinite(made) >= 0) bad.add(id);
    }
    // With looks at the dev loss, the weights of those steps must be there.
    const looks = active.some((id) => this.#networks[id].config.keep === "best");
    return bad.size > 0 || looks || performance.now() >= this.#due ? this.#fetch(first, run, bad) : [];
  }

  /**
   * Brings the weights to the host, which takes as long as some steps of them, and passes on the losses up to them.
   * @param bad networks whose losses are not finite
   * @returns those and the networks whose weights are not finite, with their steps that do not count
   */
  async #fetch(first: number, run: Run, bad: ReadonlySet<number> = new Set()): Promise<Wrong[]> {
    const start = performance.now();
    const all = this.#stepper ? await this.#orDrop(() => this.#stepper!.weights()) : [];
    const wrong: Wrong[] = [];
    const right: { readonly id: number; readonly from: number; readonly losses: ArrayLike<number>[] }[] = [];
    for (const [i, weights] of all.entries()) {
      const id = first + i;
      if (id >= this.#networks.length || !this.#isAhead(id)) continue;
      const network = this.#networks[id];
      const from = network.step;
      if (bad.has(id) || findCulprit({ losses: NONE, ...weights }, network.sizes)) {
        wrong.push({ id, steps: network.reached - from });
        network.rewind();
        // What the device holds of it is not what it goes on from.
        this.#holds = undefined;
      } else right.push({ id, from, losses: network.advance(weights) });
    }
    const end = performance.now();
    this.#due = end + Math.max(FETCH, 20 * (end - start));
    for (const { id, from, losses } of right) {
      let at = from;
      for (const some of losses) {
        run.onLosses(id, at, some);
        at += some.length;
      }
    }
    return wrong;
  }

  /** How many steps each network of a round makes in the next submit: as many as fit it, and at least one. */
  #share(first: number, active: readonly number[], { capacity }: Stepper, run: Run): number[] {
    const each = Math.floor(this.#pace.next(active.length * capacity) / active.length);
    const steps = new Array<number>(this.#together as number).fill(0);
    for (const id of active) {
      const network = this.#networks[id];
      const look = network.config.keep === "best" ? this.#nextLook(id) : Infinity;
      steps[id - first] = Math.min(Math.max(1, each), capacity, this.#left(id, run), look - network.reached);
    }
    return steps;
  }

  /** @throws what `work` does, after which the device's weights may be those of any step since */
  async #orDrop<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#drop();
      for (const network of this.#networks) network.rewind();
      throw error;
    }
  }

  /** Has a network make its next steps once more, alone, to find the first bad one. */
  async #again(id: number, steps: number, run: Run): Promise<void> {
    const network = this.#networks[id];
    await this.#alone(id, network.step + steps, { ...run, stopped: undefined });
    if (this.members[id].diverged) return;
    throw new Error(
      `the steps before ${count(network.step)} of network ${id} made values that are not finite, but not when they ran again: this device makes errors; use another one, or --backend cpu`,
    );
  }

  /** Trains one network by itself. */
  async #alone(id: number, until: number, run: Run): Promise<void> {
    const { stopped, onDiverged } = run;
    const network = this.#networks[id];
    const member = this.members[id];
    if (member.diverged || network.step >= until) return;
    const trainer = await Trainer.create({
      machine: this.#machine,
      config: network.config,
      submit: this.#submitMs,
      state: network.state,
      ...this.#examples(),
    });
    try {
      await trainer.run((first, losses) => run.onLosses(id, first, losses), {
        until,
        stopped: () => this.#closed || stopped?.() === true,
      });
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      member.diverged = error;
    } finally {
      network.adopt(trainer.state());
      trainer.close();
    }
    if (member.diverged) onDiverged?.(member, member.diverged);
    if (this.#closed) throw new ClosedError("the population");
  }

  #examples(): Examples {
    const { train, dev, characters } = this.#given;
    const { vocabulary } = train;
    return vocabulary && dev
      ? { data: { train, dev, vocabulary, ...this.#given.reading } }
      : { train, vocabulary: characters };
  }

  #nextLook(id: number): number {
    const { config, step } = this.#networks[id];
    return nextLook(config.steps, step);
  }

  async #look(id: number): Promise<void> {
    const network = this.#networks[id];
    await network.look(({ parameters }) =>
      lookAt(this.#machine, network.sizes, parameters, network.train, this.#given.dev as Split),
    );
  }

  #upload({ executable }: Stepper, first: number): void {
    const round = this.#networks.slice(first, first + (this.#together as number));
    for (const network of round) network.rewind();
    const [{ sizes, config }] = round;
    const states = round.map((network) => network.state);
    uploadPopulation(executable, sizes, updateRuleOf(config), states);
    this.#holds = first;
  }

  /** After a failure. Submits start short again, since a long one may have been the cause. */
  async #compileAgain(): Promise<Stepper> {
    const [{ sizes, config }] = this.#networks;
    this.#pace = this.#freshPace();
    this.#stepper = await compileStepper(
      this.#machine,
      sizes,
      "single",
      updateRuleOf(config),
      this.#together,
    );
    return this.#stepper;
  }

  #freshPace(): Pace {
    return new Pace(this.#submitMs, this.#together);
  }

  #drop(): void {
    this.#stepper?.executable.close();
    this.#stepper = undefined;
    this.#holds = undefined;
  }
}

/** How a population is trained. */
interface How {
  readonly path: AnyPath;
  readonly together?: number;
  readonly stepper?: Stepper;
  readonly note?: string;
}

/** As many networks at once as the device takes. */
async function settle(machine: Machine, networks: readonly Network[]): Promise<How> {
  const [{ config, sizes }] = networks;
  const { path, note } = resolvePath(config, sizes.vocabulary, machine.kind);
  if (path !== "single" || machine.kind === "cpu")
    return {
      path,
      note: networks.length > 1 ? `${note ?? `${path} path`}; one network after another` : note,
    };
  const least = machine.kind === "software" ? Math.ceil(networks.length / MOST_IN_SOFTWARE) : 1;
  for (let rounds = least; ; rounds *= 2) {
    const together = Math.ceil(networks.length / rounds);
    try {
      const stepper = await machine.survive(() =>
        compileStepper(machine, sizes, "single", updateRuleOf(config), together),
      );
      const why = `${count(networks.length)} networks at once ${rounds > least ? "do not fit this device" : "are too many for a processor"}`;
      return {
        path,
        together,
        stepper,
        note: rounds > 1 ? `${why}: rounds of ${count(together)}, one after another` : undefined,
      };
    } catch (error) {
      const full = error instanceof LimitError || error instanceof MemoryError;
      if (!full || together === 1) throw error;
    }
  }
}

/** @throws MismatchError unless one kernel trains all of them */
function requireAlike(networks: readonly Network[]): void {
  const [{ config: wanted }] = networks;
  const alike = ({ batch, context, embedding, hidden, optimizer, path }: TrainConfig) => ({
    batch,
    context,
    embedding,
    hidden,
    optimizer,
    path,
  });
  for (const [i, { config }] of networks.entries()) {
    for (const [key, value] of Object.entries(alike(wanted)))
      if (config[key as keyof TrainConfig] !== value)
        throw new MismatchError(
          `network ${i} has ${key} ${config[key as keyof TrainConfig]}, but network 0 has ${key} ${value}; make a population of each`,
        );
    if (updateRuleOf(config) !== updateRuleOf(wanted))
      throw new MismatchError(
        `network ${i} has momentum ${config.momentum}, but network 0 has momentum ${wanted.momentum}, and SGD with and without momentum are other kernels; make a population of each`,
      );
  }
}
