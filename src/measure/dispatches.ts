/** A step's dispatches, timed one by one. */
import type { GpuExecutable, Section } from "../gpu/executable.ts";
import { minimumBytes } from "../plan/contract.ts";
import type { BoundCall } from "../plan/plan.ts";
import type { Work } from "./bound.ts";
import { calibrate, type Effort, median, type Sample } from "./sampling.ts";
import { hostClock, type Stopwatch } from "./stopwatch.ts";

/** Part of a step. */
export interface Part {
  /** Its operation, or its phase. */
  readonly op: string;
  /** Which of the operation's dispatches it is; empty where there is one. */
  readonly pass: string;
  /** The tensors that the operation makes or updates. */
  readonly makes: readonly string[];
}

/** Parts of a step, and how to time them. */
export interface Timed {
  readonly parts: readonly Part[];
  /** To be taken in turns. */
  readonly samples: readonly Sample[];
  /** Microseconds of each part in a step, from all samples. */
  us(times: readonly (readonly number[])[]): number[];
  /** What each part has to do, once it is known how long it takes. */
  work(us: readonly number[]): Work[];
}

/**
 * With a device's clock each dispatch runs many times in a pass of its own. The host's clock would count submitting and waiting too; so it times
 * ever longer beginnings of the step, whose differences are the dispatches.
 */
export async function byDispatch(
  executable: GpuExecutable,
  stopwatch: Stopwatch | undefined,
  effort: Effort,
): Promise<Timed> {
  const { passes } = executable;
  const samples: Sample[] = [];
  for (const i of passes.keys())
    samples.push(
      await sampleOf(executable.section(stopwatch ? i : 0, i + 1), stopwatch ?? hostClock, effort),
    );
  return {
    parts: passes.map(({ call, kernel }) => ({ op: call.op.name, pass: kernel.pass, makes: madeBy(call) })),
    samples,
    us: (times) => {
      if (stopwatch) return times.map(median);
      const before = (i: number, round: number) => (i > 0 ? times[i - 1][round] : 0);
      return times.map((own, i) => Math.max(0, median(own.map((us, round) => us - before(i, round)))));
    },
    work: (us) =>
      shareOut(
        passes.map(({ call }) => call),
        us,
      ),
  };
}

/** Samples of one repeat of a section. */
export async function sampleOf(section: Section, stopwatch: Stopwatch, effort: Effort): Promise<Sample> {
  await section.run(1);
  const { repeats } = await calibrate((n) => section.run(n), effort);
  return async () => (1000 * (await stopwatch.time(section, repeats))) / repeats;
}

const madeBy = ({ op, args }: BoundCall): string[] =>
  Object.entries(op.bindings)
    .filter(([, b]) => b.access !== "read")
    .map(([formal]) => args[formal]);

/** Only an operation as a whole says what it has to do: each of its dispatches gets the share that it has of its time. */
function shareOut(calls: readonly BoundCall[], us: readonly number[]): Work[] {
  const total = (call: BoundCall) => us.reduce((sum, x, i) => sum + (calls[i] === call ? x : 0), 0);
  return calls.map((call, i) => {
    const share = total(call) > 0 ? us[i] / total(call) : 1 / calls.filter((c) => c === call).length;
    return { flops: share * call.op.flops(call.dims), bytes: share * minimumBytes(call.op, call.dims) };
  });
}
