/** Contenders take turns: each is checked first, in its fastest environment, then timed in short slices. */
import { spread } from "../../src/measure/sampling.ts";
import { Child } from "./child.ts";
import type { Entry } from "./contenders.ts";
import { type Candidate, inFastest } from "./environments.ts";
import { CHECKED } from "./given.ts";
import type { Result } from "./report.ts";

const TOLERANCE = 1e-3;
/** Milliseconds per slice, and how many rounds a median needs. */
const SLICE = 300;
const LEAST_ROUNDS = 3;

/** What all are given. */
export interface Task {
  /** The problem's file. */
  readonly problem: string;
  /** The first losses of each network. */
  readonly expected: readonly (readonly number[])[];
  /** The environment, before a contender's own changes. */
  readonly env: () => NodeJS.ProcessEnv;
  /** Seconds that an answer may take. */
  readonly patience: number;
}

export class Contestant implements Candidate {
  readonly entry: Entry;
  /** How many it trains. */
  readonly networks: number;
  readonly #child: Child;
  readonly #expected: Task["expected"];
  #result: Result;
  /** µs per step of one network, for each slice. */
  readonly #slices: number[] = [];
  /** Steps per millisecond. */
  #rate = 0;
  #steps = 0;

  /** @param env changes to the task's */
  constructor(entry: Entry, task: Task, env: NodeJS.ProcessEnv = {}) {
    this.entry = entry;
    this.networks = entry.many ? task.expected.length : 1;
    this.#result = { name: entry.name };
    this.#expected = task.expected;
    this.#child = new Child([...entry.command(), task.problem], { ...task.env(), ...env }, task.patience);
  }

  /** The contender in the fastest of its environments; in the first of them if there is no time to look. */
  static async best(entry: Entry, task: Task, look: boolean): Promise<Contestant> {
    const all: Contestant[] = [];
    const start = (env: NodeJS.ProcessEnv) => {
      all.push(new Contestant(entry, task, env));
      return all.at(-1)!;
    };
    const { one, environment, tried } = await inFastest(entry.settings?.() ?? [], start, look);
    if (one.failed || !environment) return one;
    // A start takes as long in any environment, but longer beside others.
    const firstStep = Math.min(...all.flatMap(({ result }) => result.firstStep ?? []));
    one.#result = { ...one.#result, firstStep, environment, ...(tried.length > 0 && { tried }) };
    return one;
  }

  get result(): Result {
    return this.#result;
  }

  get failed(): boolean {
    return this.#result.failed !== undefined;
  }

  get median(): number {
    return spread(this.#slices).median;
  }

  /** The first steps, one at a time, each network's loss against the reference. */
  check(): Promise<void> {
    const expected = this.#expected;
    return this.#guard(async () => {
      const first = await this.#child.answer();
      const steps = [first.losses];
      for (; steps.length < CHECKED; steps.push((await this.#run(1)).losses));
      let difference = 0;
      for (let m = 0; m < this.networks; m++)
        for (const [i, { [m]: loss }] of steps.entries()) {
          const d = Math.abs(loss - expected[m][i]);
          const which = this.entry.many ? ` of network ${m}` : "";
          if (!(d <= TOLERANCE))
            throw new Error(`its loss${which} at step ${i} is ${loss}, the reference's ${expected[m][i]}`);
          difference = Math.max(difference, d);
        }
      this.#steps++;
      this.#result = {
        ...this.#result,
        on: first.on,
        firstStep: first.milliseconds / 1000,
        difference,
      };
    });
  }

  /** A slice that counts, unless it is to warm up. */
  async slice({ warmUp }: { warmUp: boolean }): Promise<void> {
    const time = await this.trial(SLICE);
    if (time !== undefined && !warmUp) this.#slices.push(time);
  }

  /** As many steps as should fill the time, going by those before. @returns µs per step of one network */
  async trial(fill: number): Promise<number | undefined> {
    let time: number | undefined;
    await this.#guard(async () => {
      const steps = Math.max(1, Math.ceil(fill * this.#rate));
      const { milliseconds, losses } = await this.#run(steps);
      const broken = losses.find((loss) => !Number.isFinite(loss));
      if (broken !== undefined) throw new Error(`its loss became ${broken}`);
      this.#rate = steps / milliseconds;
      time = (1000 * milliseconds) / steps / this.networks;
    });
    return time;
  }

  /** The result, with each slice's ratio to the slice of `base` in the same round. */
  summary(base: Contestant | undefined): Result {
    const { failed, difference } = this.#result;
    if (failed && difference === undefined) return this.#result;
    if (failed) return { ...this.#result, failed: `after ${this.#steps} steps: ${failed}` };
    const ratio = base && spread(this.#slices.map((time, round) => time / base.#slices[round]));
    return { ...this.#result, step: spread(this.#slices), ratio, steps: this.#steps };
  }

  close(): void {
    this.#child.kill();
  }

  async #run(steps: number) {
    const answer = await this.#child.run(steps);
    this.#steps += steps;
    return answer;
  }

  /** A contender that fails drops out with its reason; the others go on. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#result = { ...this.#result, failed: error instanceof Error ? error.message : String(error) };
      this.close();
    }
  }
}

/**
 * Rounds of one slice for each contender until the time is up, after two to warm up; every second round in reverse.
 * @returns how many were measured
 */
export async function takeTurns(all: readonly Contestant[], seconds: number): Promise<number> {
  const round = async (number: number, warmUp: boolean) => {
    for (const one of number % 2 ? all.toReversed() : all) if (!one.failed) await one.slice({ warmUp });
  };
  // The first finds how many steps fill a slice, the second lets engines see that many.
  for (let i = 0; i < 2; i++) await round(i, true);
  const end = performance.now() + 1000 * seconds;
  let rounds = 0;
  while (all.some((one) => !one.failed) && (rounds < LEAST_ROUNDS || performance.now() < end))
    await round(rounds++, false);
  return rounds;
}

/** The fastest of ours, or of all if none of ours takes part. */
export function fastest(all: readonly Contestant[]): Contestant | undefined {
  const sorted = all.filter((one) => !one.failed).sort((a, b) => a.median - b.median);
  return sorted.find((one) => one.entry.ours) ?? sorted[0];
}
