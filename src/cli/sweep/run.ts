/** Trains a sweep's networks, population after population, and saves what is under way. */
import type { SweepFolder, UnderWay } from "../../node/sweep_folder.ts";
import type { Planned } from "../../sweep/product.ts";
import { populationsOf } from "../../sweep/product.ts";
import { lineOf, type Result } from "../../sweep/results.ts";
import { type Checkpoint, modelOf } from "../../train/checkpoint.ts";
import { evaluate, OverflowError } from "../../train/evaluate.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { type Member, Population } from "../../train/population.ts";
import { snapshot } from "../../train/snapshot.ts";
import type { Interrupt } from "../interrupt.ts";
import { integer, type Output } from "../output.ts";
import type { Bar } from "../progress.ts";
import { version } from "../version.ts";
import type { LoadedWords, WordsCache } from "../words.ts";
import type { SweepOptions } from "./options.ts";

interface Sweep {
  readonly machine: OpenedMachine;
  readonly planned: readonly Planned[];
  readonly folder: SweepFolder;
  readonly words: WordsCache;
  readonly out: Output;
  readonly interrupt: Interrupt;
  readonly options: SweepOptions;
}

/** Milliseconds between two progress events. */
const PROGRESS = 1000;

/** Trains what the folder has no results of. An interrupt ends it after the submit under way, with everything saved. */
export async function runSweep(s: Sweep): Promise<void> {
  const { machine, planned, folder, out, interrupt, options } = s;
  const todo = planned.filter(({ id }) => !folder.has(id));
  const populations = populationsOf(todo);
  const rounds = await roundsOf(s, populations);
  out.event({
    event: "start",
    adapter: machine.name,
    networks: planned.length,
    rounds,
    shard: options.shard ?? null,
  });
  const done = planned.length - todo.length;
  out.note(
    `${machine.name}; ${integer(planned.length)} networks in ${integer(rounds)} ${rounds === 1 ? "round" : "rounds"}${done > 0 ? `, ${integer(done)} of them done already` : ""}`,
  );
  const underWay = folder.underWay();
  const ids = new Set(todo.map(({ id }) => id));
  const before = [...underWay].reduce((sum, [id, n]) => sum + (ids.has(id) ? n.checkpoint.step : 0), 0);
  const bar = out.bar(todo.reduce((sum, { config }) => sum + config.steps, 0));
  const meter = new Meter(s, bar, before);
  try {
    for (const networks of populations) {
      if (interrupt.asked) break;
      await new PopulationRun(s, networks, await s.words.for(networks[0].config), meter).go(underWay);
    }
  } finally {
    bar.stop();
  }
  const { seconds, steps } = meter;
  out.event({
    event: "done",
    networks: folder.results.length,
    diverged: folder.results.filter((r) => r.divergedAt !== null).length,
    seconds,
    networkStepsPerSecond: seconds > 0 ? steps / seconds : 0,
  });
  if (!interrupt.asked) return;
  out.notice(`stopped, and everything is saved in ${folder.path}; the same command goes on`);
  process.exitCode = 130;
}

/** How many rounds the populations take: a device's limits decide, so each is tried. */
async function roundsOf({ machine, words, out }: Sweep, populations: readonly Planned[][]): Promise<number> {
  let rounds = 0;
  for (const networks of populations) {
    const { dataset } = await words.for(networks[0].config);
    const population = await out.phase("compiling the kernels", () =>
      Population.create({ machine, configs: networks.map((n) => n.config), data: dataset }),
    );
    population.close();
    rounds += population.rounds;
    if (population.note) out.note(population.note);
  }
  return rounds;
}

/** What has been trained, for people and programs. */
class Meter {
  /** Of training alone. */
  seconds = 0;
  /** Network-steps of this process. */
  steps = 0;
  readonly #sweep: Sweep;
  readonly #bar: Bar;
  readonly #before: number;
  #told = 0;

  constructor(sweep: Sweep, bar: Bar, before: number) {
    this.#sweep = sweep;
    this.#bar = bar;
    this.#before = before;
  }

  add(steps: number, at: number): void {
    this.steps += steps;
    const { folder, planned, out } = this.#sweep;
    const done = folder.results.length;
    this.#bar.update(
      this.#before + this.steps,
      `${integer(done)} of ${integer(planned.length)} networks done`,
    );
    if (performance.now() - this.#told < PROGRESS) return;
    this.#told = performance.now();
    out.event({ event: "progress", done, networks: planned.length, step: at });
  }

  aside: Bar["aside"] = (what, work) => this.#bar.aside(what, work);
}

/** The networks of one population. */
class PopulationRun {
  readonly #s: Sweep;
  readonly #networks: readonly Planned[];
  readonly #words: LoadedWords;
  readonly #meter: Meter;
  readonly #seconds: Map<number, number>;

  constructor(s: Sweep, networks: readonly Planned[], words: LoadedWords, meter: Meter) {
    this.#s = s;
    this.#networks = networks;
    this.#words = words;
    this.#meter = meter;
    this.#seconds = new Map(networks.map(({ id }) => [id, 0]));
  }

  async go(underWay: ReadonlyMap<number, UnderWay>): Promise<void> {
    const { machine, out, interrupt } = this.#s;
    for (const { id } of this.#networks) this.#seconds.set(id, underWay.get(id)?.seconds ?? 0);
    const population = await out.phase("compiling the kernels", () =>
      Population.create({
        machine,
        configs: this.#networks.map(({ config }) => config),
        states: this.#networks.map(({ id }) => underWay.get(id)?.checkpoint),
        data: this.#words.dataset,
      }),
    );
    try {
      await this.#train(population);
    } finally {
      population.close();
    }
    for (const [i, member] of population.members.entries()) {
      if (interrupt.asked) return;
      if (!member.diverged) await this.#finish(i, member);
    }
    if (!interrupt.asked) this.#s.folder.endUnderWay();
  }

  async #train(population: Population): Promise<void> {
    const { interrupt, options } = this.#s;
    const interval = 1000 * options.saveEvery;
    let nextSave = performance.now() + interval;
    const going = () => population.members.some((m) => !m.diverged && m.step < m.config.steps);
    while (going() && !interrupt.asked) {
      const stepped = new Map<number, number>();
      const start = performance.now();
      await population.run(
        (m, first, { length }) => {
          stepped.set(m, (stepped.get(m) ?? 0) + length);
          this.#meter.add(length, first + length);
        },
        {
          stopped: () => interrupt.asked || performance.now() > nextSave,
          onDiverged: (member) => this.#diverged(population.members.indexOf(member), member),
        },
      );
      this.#share(stepped, (performance.now() - start) / 1000);
      const saving = performance.now();
      this.#save(population);
      nextSave = performance.now() + Math.max(interval, 20 * (performance.now() - saving));
    }
  }

  /** Divides time among the networks by their steps. */
  #share(stepped: ReadonlyMap<number, number>, seconds: number): void {
    this.#meter.seconds += seconds;
    const total = [...stepped.values()].reduce((sum, steps) => sum + steps, 0);
    for (const [m, steps] of stepped) {
      const { id } = this.#networks[m];
      this.#seconds.set(id, (this.#seconds.get(id) as number) + (seconds * steps) / total);
    }
  }

  #save({ members }: Population): void {
    const { folder } = this.#s;
    const { vocabulary } = this.#words.dataset;
    const networks = this.#networks.flatMap(({ id, config }, i): [number, UnderWay][] => {
      const { hidden } = config;
      if (folder.has(id)) return [];
      const checkpoint: Checkpoint = {
        ...members[i].state(),
        config,
        vocabulary,
        words: this.#words.source,
        bnmean: new Float32Array(hidden),
        bnvar: new Float32Array(hidden),
      };
      return [[id, { checkpoint, seconds: this.#seconds.get(id) as number }]];
    });
    folder.saveUnderWay(new Map(networks));
  }

  #diverged(i: number, { diverged }: Member): void {
    const at = diverged?.step as number;
    const { id } = this.#networks[i];
    this.#s.out.note(`network ${id}: ${diverged?.message}`);
    this.#add(i, { train: null, dev: null, test: null, divergedAt: at });
  }

  async #finish(i: number, member: Member): Promise<void> {
    const { machine } = this.#s;
    const { dataset, source } = this.#words;
    const { id } = this.#networks[i];
    await this.#meter.aside(`evaluating network ${id}`, async (onFraction) => {
      const checkpoint = await snapshot(machine, member, dataset, source, (f) => onFraction(f / 4));
      const model = modelOf(checkpoint);
      const losses: Record<string, number> = {};
      try {
        for (const [at, split] of (["train", "dev", "test"] as const).entries())
          losses[split] = await evaluate(machine, model, dataset[split], (f) => onFraction((1 + at + f) / 4));
      } catch (error) {
        // Finite weights whose losses are not.
        if (!(error instanceof OverflowError)) throw error;
        return this.#add(i, { train: null, dev: null, test: null, divergedAt: member.step });
      }
      const { train, dev, test } = losses;
      this.#add(i, { train, dev, test, divergedAt: null }, checkpoint);
    });
  }

  #add(
    i: number,
    found: Pick<Result, "train" | "dev" | "test" | "divergedAt">,
    checkpoint?: Checkpoint,
  ): void {
    const { folder, machine, out, options } = this.#s;
    const { id, config } = this.#networks[i];
    const seconds = Number((this.#seconds.get(id) as number).toFixed(3));
    const { name: adapter } = machine;
    const wordsSha256 = this.#words.source.sha256;
    const result = { id, config, ...found, seconds, adapter, version: version(), wordsSha256 };
    const added = folder.add(result, checkpoint, options.keepAll);
    out.event({ event: "network", ...JSON.parse(lineOf(added)) });
  }
}
