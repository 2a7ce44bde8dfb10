/** The worker's half of the page: one machine, one word list, one training run and one population. No DOM, so that Node tests it. */
import { isBundled, loadBundledWords } from "../data/bundled.ts";
import { buildDataset, type Dataset } from "../data/examples.ts";
import { parseWords, type WordList } from "../data/words.ts";
import type { Breaking } from "../exercises/broken.ts";
import { describeLoss } from "../gpu/lasting.ts";
import type { Profile } from "../measure/profile.ts";
import type { Effort } from "../measure/sampling.ts";
import type { AnyPath } from "../model/plans.ts";
import { parameterCount } from "../model/tensors.ts";
import { inTime } from "../plan/late.ts";
import { BusyError } from "../plan/life.ts";
import type { OperationReport } from "../train/bisect.ts";
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type WordSource,
  wordSource,
} from "../train/checkpoint.ts";
import { DEFAULTS, fixedDifference, resolvePath, sizesOf, type TrainConfig } from "../train/config.ts";
import { DivergenceError } from "../train/divergence.ts";
import { calibrate } from "../train/evaluate.ts";
import { type Backend, type OpenedMachine, openMachine } from "../train/open.ts";
import { updateRuleOf } from "../train/optimizer.ts";
import { initialState, type TrainingState } from "../train/state.ts";
import { firstStep, type Step } from "../train/step.ts";
import type { DifferenceReport } from "./check/differences.ts";
import type { Board, Inspection, StepAt } from "./check/engine.ts";
import type { Judging, Verdict } from "./check/judge.ts";
import { type DataInfo, describeData, type Reading, type Text } from "./data/describe.ts";
import type { DeviceReport, SelfTestRow } from "./device/engine.ts";
import type { Extent, Measured, Measuring } from "./device/measure.ts";
import type { EngineEvent, MachineInfo, RunInfo } from "./messages.ts";
import type { PopulationEvent, PopulationInfo } from "./population/events.ts";
import type { PopulationSession } from "./population/session.ts";
import type { Listener } from "./train/events.ts";
import type { Drawn, DrawRequest } from "./train/play/draw.ts";
import type { Live, LiveRequest } from "./train/play/live.ts";
import { type Evaluation, InterruptedError, type RunData, Session } from "./train/session.ts";
import type { WalkBatch, Walked } from "./walk/batch.ts";
import type { Example } from "./walk/example.ts";

type RunSoFar = RunData & Pick<LoadOptions, "changes">;

interface Words {
  readonly list: WordList;
  readonly source: WordSource;
}

export interface LoadOptions {
  readonly words?: Text;
  readonly path?: TrainConfig["path"];
  /** What was changed while it ran so far, which a checkpoint does not know. */
  readonly changes?: RunInfo["changes"];
}

export class Engine {
  #machine: OpenedMachine | undefined;
  #opening: Promise<MachineInfo> | undefined;
  #words: Words | undefined;
  #session: Session | undefined;
  #population: PopulationSession | undefined;
  #id = 0;
  /** The run's weights are useless. */
  #diverged = false;
  #checked: StepAt | undefined;
  #walked: Walked | undefined;
  #judge: Judging | undefined;
  #verdict: Promise<Verdict | undefined> = NOTHING;
  #operation: Promise<OperationReport | undefined> = NOTHING;
  #measuring: AbortController | undefined;
  #emit: (event: EngineEvent) => unknown = () => {};
  /** Resolves once the page has had the last event: its answers come on another way, and may overtake that. */
  #told: Promise<unknown> = Promise.resolve();

  /** @param judge of the boards; without one, this thread judges */
  constructor(judge?: Judging) {
    this.#judge = judge;
  }

  /** Sets who receives the events of a run. */
  listen(emit: Listener<EngineEvent>): void {
    this.#emit = emit;
  }

  /**
   * Opens a machine in place of the current one; a run moves to it. If its device is lost, another one is opened when it is
   * next needed, and an event says so.
   * @throws NoAdapterError with `gpu`, if there is no adapter; LimitError if the run does not fit. The current machine then stays
   */
  open(backend: Backend): Promise<MachineInfo> {
    const opening: Promise<MachineInfo> = this.#open(backend, () => this.#opening !== opening);
    this.#opening = opening;
    return opening;
  }

  /** @param overtaken whether another machine has been asked for since, which then is what this gives */
  async #open(backend: Backend, overtaken: () => boolean): Promise<MachineInfo> {
    const notes: string[] = [];
    let machine: OpenedMachine;
    try {
      machine = await openMachine(backend, {
        onNote: (line) => notes.push(line),
        onLost: (loss) => {
          const note = describeLoss(loss, this.#session?.step);
          this.#tell({ type: "reopened", machine: infoOf(machine, note) });
        },
      });
    } catch (error) {
      if (overtaken()) return this.#opening!;
      throw error;
    }
    if (overtaken()) {
      machine.close();
      return this.#opening!;
    }
    this.#endMeasuring("another device was opened");
    const before = this.#machine;
    // A run on the CPU stays where it is if there still is no device.
    const same = machine.considered !== undefined && before?.backend === "cpu";
    if (same) return infoOf(machine, notes.join(" "));
    try {
      await this.#move(machine);
    } catch (error) {
      machine.close();
      throw error;
    }
    before?.close();
    return infoOf(machine, notes.join(" ") || undefined);
  }

  /**
   * Sets the word list for new runs: the bundled one, or text. The current run keeps its own.
   * @throws DataError; the current list then stays
   */
  async useWords(words: Text | "bundled", reading: Reading): Promise<DataInfo> {
    const loaded = await read(words);
    const info = describe(loaded, reading);
    this.#words = loaded;
    return info;
  }

  /** Describes the word list as read under other settings. */
  async describeWords(reading: Reading): Promise<DataInfo> {
    return describe(this.#needWords(), reading);
  }

  /**
   * Prepares what {@link run} trains: the current run, if only settings differ that a started run may change, or else a new one.
   * @throws ConfigError, LimitError; the current run then stays
   */
  async prepare(config: TrainConfig): Promise<RunInfo> {
    this.#endMeasuring();
    await this.#session?.pause();
    const session = this.#session;
    const words = this.#needWords();
    const continued =
      session !== undefined &&
      !this.#diverged &&
      session.data.source.sha256 === words.source.sha256 &&
      fixedDifference(session.config, config) === undefined;
    return continued ? this.change(config) : this.reset(config);
  }

  /**
   * Goes on under other settings from the next step on; a run that is under way does not pause.
   * @throws ConfigError for settings that a run that has begun cannot change
   */
  async change(config: TrainConfig): Promise<RunInfo> {
    const session = this.#needSession();
    const same = Object.entries(config).every(
      ([key, value]) => session.config[key as keyof TrainConfig] === value,
    );
    if (!same) await session.change(config);
    return this.#info();
  }

  /** From the next step on, a gradient is broken by this mistake of the exercises' catalogue, or right again; likewise without a pause. */
  async breakGradient(mistake: string | undefined): Promise<RunInfo> {
    const session = this.#needSession();
    await session.change(session.config, mistake ?? null);
    return this.#info();
  }

  /** What can be broken, as it reads in this network. */
  async breakings(): Promise<readonly Breaking[]> {
    const { breakings } = await import("../exercises/broken.ts");
    return breakings(this.#needSession().trainer.sizes);
  }

  /** A new run from its initialisation, in place of the current one. */
  async reset(config: TrainConfig): Promise<RunInfo> {
    await this.#session?.pause();
    const { list, source } = this.#needWords();
    return this.#begin({ dataset: buildDataset(list, config), source }, config);
  }

  /**
   * Trains up to the run's total, or `steps` steps; resolves at the end or at a {@link pause}.
   * @throws DivergenceError
   */
  async run(steps?: number): Promise<{ step: number; done: boolean }> {
    this.#endMeasuring();
    const session = this.#needSession();
    try {
      await session.run(steps === undefined ? undefined : session.step + steps);
    } catch (error) {
      this.#diverged = error instanceof DivergenceError;
      throw error;
    } finally {
      await this.#told;
    }
    return { step: session.step, done: session.step >= session.config.steps };
  }

  /** Also ends the training of a population. */
  async pause(): Promise<void> {
    await Promise.all([this.#session?.pause(), this.#population?.pause()]);
  }

  /**
   * Prepares networks that {@link trainPopulation} trains, in place of those there are. The current run stays as it is.
   * @param tell receives what happens to them
   * @throws ConfigError, LimitError; the networks there are then stay
   */
  async populate(configs: readonly TrainConfig[], tell: Listener<PopulationEvent>): Promise<PopulationInfo> {
    this.#endMeasuring();
    const { PopulationSession } = await import("./population/session.ts");
    const [machine, { list, source }] = [this.#needMachine(), this.#needWords()];
    await this.pause();
    const dataset = buildDataset(list, configs[0]);
    const population = await PopulationSession.create({ machine, configs, dataset, source, tell });
    await this.#population?.close();
    this.#population = population;
    return population.info;
  }

  /** Trains the networks to their ends, or a {@link pause}. One that diverges ends alone. */
  async trainPopulation(): Promise<{ done: boolean }> {
    this.#endMeasuring();
    const population = this.#needPopulation();
    await population.run();
    return { done: population.done };
  }

  /** This one of the networks is looked at from now on, and at once. */
  chooseMember(member: number): Promise<void> {
    return this.#needPopulation().choose(member);
  }

  /** Every one of the networks is looked at, up to a {@link pause}. */
  lookAtMembers(): Promise<void> {
    return this.#needPopulation().lookAtAll();
  }

  /** One of the networks as a file, in the command line's format. */
  memberCheckpoint(member: number): Promise<Uint8Array> {
    return this.#needPopulation().checkpoint(member);
  }

  /** Emits what the page shows of the run as it is now; resolves once the page has it. */
  async look(): Promise<void> {
    await this.#session?.look();
    await this.#told;
  }

  /** Losses over the whole splits and the names that the command line prints, at the end of a run or before. */
  evaluate(): Promise<Evaluation> {
    return this.#needSession().evaluate();
  }

  /**
   * Names as they are asked for.
   * @throws ConfigError
   */
  draw(request: DrawRequest): Promise<Drawn> {
    return this.#needSession().draw(request);
  }

  /**
   * What the network makes of a beginning right now.
   * @throws ConfigError
   */
  play(request: LiveRequest): Promise<Live> {
    return this.#needSession().play(request);
  }

  /** The run as a file, in the command line's format. */
  checkpoint(): Promise<Uint8Array> {
    return this.#needSession().checkpoint();
  }

  /**
   * Goes on from a checkpoint, with those of `words`, the current and the bundled ones that it was trained on.
   * @param o.path as it was asked for: a checkpoint has the one that was taken. It stays where it means the same here, as `auto` does mostly
   * @throws CheckpointError; the current run then stays
   */
  async load(
    bytes: Uint8Array,
    name: string,
    o: LoadOptions = {},
  ): Promise<{ run: RunInfo; data: DataInfo }> {
    const checkpoint = decodeCheckpoint(bytes, name);
    const { vocabulary } = checkpoint;
    const { kind } = this.#needMachine();
    const taken = (path = checkpoint.config.path) =>
      resolvePath({ ...checkpoint.config, path }, vocabulary.size, kind).path;
    const config =
      taken(o.path) === taken()
        ? { ...checkpoint.config, path: o.path ?? checkpoint.config.path }
        : checkpoint.config;
    const loaded = await this.#wordsOf(checkpoint.words, name, o.words);
    const { list, source } = loaded;
    const dataset = buildDataset(list, { ...config, vocabulary });
    await this.#session?.pause();
    const run = await this.#begin({ dataset, source, changes: o.changes }, config, checkpoint);
    this.#words = loaded;
    return { run, data: describeData(dataset, source, list.blankLines, config) };
  }

  /**
   * The `cmp` board of the current weights and the next minibatch at a level of fusion, before its verdict. `config` is used only if there is no
   * run yet.
   * @throws PlanError where the level does not take these sizes; LimitError where the device does not hold it
   */
  async board(config: TrainConfig, level: AnyPath = "chunked"): Promise<Board> {
    const { runBoard } = await import("./check/engine.ts");
    const [machine, judge] = [this.#needMachine(), await this.#needJudge()];
    const step = await this.#nextStep(config, level);
    this.#checked = step;
    const { board, values } = await this.#alone(() => runBoard(machine, step));
    this.#verdict =
      board.unjudged === undefined ? handled(judge.board(givenTo(step), level, values)) : NOTHING;
    return board;
  }

  /**
   * The verdict on the last board, once there is one; none if a newer board has overtaken it. Training goes on meanwhile.
   * @throws MemoryError
   */
  async verdict(): Promise<Verdict | undefined> {
    return this.#verdict;
  }

  /** One tensor of the last board's step. */
  async inspect(name: string): Promise<Inspection> {
    const { inspectTensor } = await import("./check/engine.ts");
    const [machine, judge, step] = [this.#needMachine(), await this.#needJudge(), this.#checked];
    if (!step) throw new Error("nothing has been checked yet; run the check");
    const { inspection, call } = await this.#alone(() => inspectTensor(machine, step, name));
    const { sizes, level = "chunked" } = step;
    this.#operation = call ? handled(judge.operation(sizes, level, call.index, call.values)) : NOTHING;
    return inspection;
  }

  /** The verdict on the operation that makes the last inspected tensor, by itself; none if it has been overtaken. */
  async operation(): Promise<OperationReport | undefined> {
    return this.#operation;
  }

  /**
   * Runs the step that comes next, for the walk, and keeps its values. `config` is used only if there is no run yet.
   * @throws Error if the weights have diverged
   */
  async walk(config: TrainConfig): Promise<WalkBatch> {
    const { walkBatch } = await import("./walk/batch.ts");
    const [machine, session] = [this.#needMachine(), this.#session];
    const run = session
      ? { config: session.config, dataset: session.data.dataset }
      : { config, dataset: buildDataset(this.#needWords().list, config) };
    const walk = (state: TrainingState) => walkBatch(machine, run, state);
    this.#walked = await (session?.between(walk) ?? walk(initialState(config, run.dataset.vocabulary.size)));
    return this.#walked.batch;
  }

  /** One example of the minibatch that {@link walk} ran last. */
  async walkExample(index: number): Promise<Example> {
    const { exampleOf } = await import("./walk/example.ts");
    if (!this.#walked) throw new Error("no step has been walked through yet; run the walk's step");
    return exampleOf(this.#walked, index);
  }

  /**
   * The gradient of the last board's loss by one element, by finite differences on the CPU in float64; none if a newer board has overtaken it.
   * @throws RangeError for a tensor or element that has none
   */
  async difference(name: string, index: number): Promise<DifferenceReport | undefined> {
    const [judge, step] = [await this.#needJudge(), this.#checked];
    if (!step) throw new Error("nothing has been checked yet; run the check");
    return judge.difference(givenTo(step), name, index);
  }

  /**
   * A checkpoint with BatchNorm's statistics over its whole training set, as the command line writes it. What is kept of a run on the way
   * has those of a part.
   * @throws CheckpointError
   */
  async calibrated(bytes: Uint8Array, name: string, words?: Text): Promise<Uint8Array> {
    const checkpoint = decodeCheckpoint(bytes, name);
    const { config, vocabulary } = checkpoint;
    const { list } = await this.#wordsOf(checkpoint.words, name, words);
    const { train } = buildDataset(list, { ...config, vocabulary });
    const { parameters } = checkpoint.best ?? checkpoint;
    const statistics = await this.#alone(() =>
      calibrate(this.#needMachine(), sizesOf(config, vocabulary.size), parameters, train),
    );
    return encodeCheckpoint({ ...checkpoint, ...statistics });
  }

  async report(): Promise<DeviceReport> {
    const { describeMachine } = await import("./device/engine.ts");
    return describeMachine(this.#needMachine());
  }

  /** Tests every kernel; a run pauses meanwhile. */
  async selfTest(onResult: (row: SelfTestRow) => void): Promise<void> {
    const { selfTest } = await import("./device/engine.ts");
    const machine = this.#needMachine();
    await this.#alone(() => selfTest(machine, onResult));
  }

  /**
   * Measures floor, roof and whole steps, on the bundled words. What is training pauses first, and training ends the measurement.
   * @throws BusyError while it is being measured already; InterruptedError after {@link stopMeasuring}; DeviceLostError
   */
  measure(onProgress: (progress: Measuring) => void, extent?: Extent): Promise<Measured> {
    return this.#measure(DEFAULTS, ({ measureDevice }, machine, dataset, signal) =>
      measureDevice(machine, dataset, { signal, onProgress, extent }),
    );
  }

  /**
   * Where the time of a step goes, on the bundled words.
   * @throws as {@link measure}; WrongStepError; LimitError, PlanError and MemoryError for sizes that do not fit
   */
  profile(config: TrainConfig, note: (doing: string) => void, effort?: Effort): Promise<Profile> {
    return this.#measure(config, ({ profileDevice }, machine, dataset, signal) =>
      profileDevice(machine, dataset, config, { signal, note, effort }),
    );
  }

  async #measure<T>(
    config: TrainConfig,
    work: (
      device: typeof import("./device/measure.ts"),
      machine: OpenedMachine,
      dataset: Dataset,
      signal: AbortSignal,
    ) => Promise<T>,
  ): Promise<T> {
    if (this.#measuring) throw new BusyError("the device is being measured already; stop that first");
    this.#measuring = new AbortController();
    const { signal } = this.#measuring;
    try {
      const device = await import("./device/measure.ts");
      const machine = this.#needMachine();
      const dataset = buildDataset((await read("bundled")).list, config);
      await this.pause();
      return await this.#alone(() => work(device, machine, dataset, signal));
    } finally {
      this.#measuring = undefined;
    }
  }

  /** Ends {@link measure} or {@link profile} after the sample that is under way. */
  stopMeasuring(): void {
    this.#measuring?.abort(new InterruptedError());
  }

  /** Frees the device; nothing else may be called after it. */
  async close(): Promise<void> {
    this.stopMeasuring();
    this.#judge?.close();
    await Promise.all([this.#session?.close(), this.#population?.close()]);
    this.#machine?.close();
  }

  async #needJudge(): Promise<Judging> {
    if (this.#judge) return this.#judge;
    const { Judge } = await import("./check/judge.ts");
    this.#judge ??= new Judge();
    return this.#judge;
  }

  async #nextStep(config: TrainConfig, level: AnyPath): Promise<StepAt> {
    if (this.#session) {
      const { data, config } = this.#session;
      const { characters } = data.dataset.vocabulary;
      const plan = this.#session.brokenPlan(level);
      return { ...(await this.#session.nextStep()), level, plan, characters, update: updateRuleOf(config) };
    }
    const { train, vocabulary } = buildDataset(this.#needWords().list, config);
    const state = initialState(config, vocabulary.size);
    const step = firstStep(sizesOf(config, vocabulary.size), state, train);
    return { ...step, at: 0, level, characters: vocabulary.characters, update: updateRuleOf(config) };
  }

  /** Whoever trains has the device for itself. */
  #endMeasuring(why = "training began, which needs the device; pause it and measure again"): void {
    this.#measuring?.abort(new BusyError(why));
  }

  /** Does `work` while no step of a run is under way. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#session ? this.#session.between(work) : work();
  }

  /** A new run; `state` is a checkpoint's. */
  async #begin(data: RunSoFar, config: TrainConfig, state?: TrainingState): Promise<RunInfo> {
    const run = await this.#continue(data, config, state);
    this.#diverged = false;
    return { ...run, id: ++this.#id };
  }

  async #continue(data: RunSoFar, config: TrainConfig, state?: TrainingState): Promise<RunInfo> {
    const session = await this.#createSession(this.#needMachine(), data, config, state);
    await this.#session?.close();
    this.#session = session;
    return this.#info();
  }

  async #move(machine: OpenedMachine): Promise<void> {
    const [session, before] = [this.#session, this.#population];
    // Where the machine takes one of the two only, both stay where they are.
    const population = await before?.on(machine);
    try {
      if (session) {
        await session.pause();
        const state = await session.between(async (s) => s);
        this.#session = await this.#createSession(
          machine,
          { ...session.data, changes: session.changes },
          session.config,
          state,
        );
        await session.close();
      }
    } catch (error) {
      await population?.close();
      throw error;
    }
    this.#population = population;
    this.#machine = machine;
    await before?.close();
  }

  #createSession(machine: OpenedMachine, data: RunSoFar, config: TrainConfig, state?: TrainingState) {
    return Session.create({
      ...data,
      machine,
      config,
      state,
      emit: (e) => this.#tell({ ...e, run: this.#id }),
    });
  }

  #tell(event: EngineEvent): void {
    this.#told = Promise.resolve(this.#emit(event)).catch(() => {});
  }

  #info(): RunInfo {
    const { config, data, step, trainer, devSample, changes, broken } = this.#needSession();
    return {
      id: this.#id,
      config,
      source: data.source,
      characters: data.dataset.vocabulary.characters,
      step,
      path: trainer.path,
      pathNote: trainer.pathNote,
      parameters: parameterCount(trainer.sizes),
      dispatchesPerStep: trainer.dispatchesPerStep,
      changes,
      broken,
      dev: { sampled: devSample.length, of: data.dataset.dev.length },
    };
  }

  async #wordsOf(wanted: WordSource, checkpoint: string, given?: Text): Promise<Words> {
    if (isBundled(wanted)) return read("bundled");
    for (const words of [this.#words, given && (await read(given))])
      if (words?.source.sha256 === wanted.sha256) return words;
    throw new CheckpointError(
      `cannot use checkpoint ${checkpoint}: it was trained on the word list ${wanted.source}, which is not the current one; open that list first`,
    );
  }

  #needPopulation(): PopulationSession {
    if (!this.#population) throw new Error("there are no networks yet; start them");
    return this.#population;
  }

  #needMachine(): OpenedMachine {
    if (!this.#machine) throw new Error("there is no device to compute on yet; wait, or reload the page");
    return this.#machine;
  }

  #needWords(): Words {
    if (!this.#words) throw new Error("there is no word list yet; wait, or open one");
    return this.#words;
  }

  #needSession(): Session {
    if (!this.#session) throw new Error("there is no run yet; start one");
    return this.#session;
  }
}

const NOTHING = Promise.resolve(undefined);

/** What a judge needs of a step: it may be in another thread, which takes no plan. */
const givenTo = ({ sizes, parameters, Xb, Yb }: Step): Step => ({ sizes, parameters, Xb, Yb });

/** A promise whose rejection nobody has to wait for. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

const infoOf = ({ name, kind, backend, considered }: OpenedMachine, note?: string): MachineInfo => ({
  name,
  kind,
  backend,
  note,
  mayHaveOne: considered !== undefined && !considered.some((c) => c.late),
});

/** Milliseconds for the bundled words, which come over the network. */
const PATIENCE = 15_000;

async function read(words: Text | "bundled"): Promise<Words> {
  const bundled = () => inTime(loadBundledWords(), PATIENCE, "the bundled words did not come");
  const list = words === "bundled" ? await bundled() : parseWords(words.bytes, words.name);
  return { list, source: await wordSource(list) };
}

const describe = ({ list, source }: Words, reading: Reading): DataInfo =>
  describeData(buildDataset(list, reading), source, list.blankLines, reading);
