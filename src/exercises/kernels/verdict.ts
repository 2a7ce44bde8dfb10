/**
 * The verdict on a learner's kernel. It is judged as this package's own kernels are, on outputs filled with NaN and with guard words behind
 * every buffer; and like any text from elsewhere: its loops are counted, and no verdict takes longer than three seconds.
 */
import { lossBehind } from "../../gpu/loss.ts";
import type { Dims } from "../../plan/contract.ts";
import { count } from "../../plan/count.ts";
import { LateError } from "../../plan/late.ts";
import { complaint } from "./compile.ts";
import { Deadline, LostError } from "./deadline.ts";
import { requireKernel, requireOwnNames, requireShort, TextError } from "./refused.ts";
import { atPlace, type KernelReport, type KernelRow, type KernelVerdict } from "./report.ts";
import { scan } from "./scan.ts";
import { type Mistake, type Seen, seen, short, sizesText } from "./seen.ts";
import { known } from "./signs/catalogue.ts";
import { neverWritten, notInitialised, pastTheEnd } from "./signs/memory.ts";
import { changing, unordered } from "./signs/race.ts";
import { general } from "./signs/values.ts";
import { firstWorkgroup, wholeTiles } from "./signs/workgroups.ts";
import { FILLS, Trials } from "./trials.ts";
import type { KernelTask, WorkgroupSize } from "./types.ts";

/** Milliseconds: the three seconds that a verdict may take, but for what comes before and after. */
const LONGEST = 2700;

/** The verdict with the values that it is about. */
export interface Judged {
  readonly report: KernelReport;
  /** In the order of the report's cases. */
  readonly seen: readonly Seen[];
}

/** What is known of a kernel by and by. */
interface Findings {
  seen: Seen[];
  mistake: Mistake | null;
  message: string | null;
  verdict: KernelVerdict;
}

/**
 * @param task an exercise, which need not be in the catalogue
 * @param longest milliseconds for the whole verdict
 */
export async function judgeKernel(
  text: string,
  task: KernelTask,
  device: GPUDevice,
  longest = LONGEST,
): Promise<Judged> {
  const findings: Findings = { seen: [], mistake: null, message: null, verdict: "error" };
  try {
    await judge(text, task, new Deadline(device, longest), device, findings);
  } catch (error) {
    findings.message = await lineOf(error, device, findings, longest);
  }
  const { verdict, mistake, message } = findings;
  const cases = findings.seen.map(({ posed, ok, worst }): KernelRow => ({ sizes: posed.dims, ok, worst }));
  const ok = verdict === "right";
  return {
    report: { kind: "kernel", op: task.name, ok, verdict, cases, mistake, message },
    seen: findings.seen,
  };
}

/** For sizes before the text's own workgroup size is known. */
const ANY_SIZE: WorkgroupSize = [64, 1, 1];

async function judge(
  text: string,
  task: KernelTask,
  deadline: Deadline,
  device: GPUDevice,
  findings: Findings,
): Promise<void> {
  requireShort(text);
  const read = scan(text);
  const usual = task.cases(ANY_SIZE).map(({ dims }) => dims);
  const [dims] = usual;
  requireOwnNames(read, new Set(Object.keys(task.computation.bindings)));
  if (!(await deadline.free()))
    throw new TextError(
      "the device still works on a text before this one: wait, or judge it on a device that is opened anew",
    );
  const refused = await deadline.wait(complaint(device, task, dims, text));
  if (refused) throw refused;
  const trials = new Trials(device, task, read, requireKernel(read, largestOf(usual)), deadline);

  const cases = task.cases(trials.size).map((one, i) => trials.pose(one, i + 1));
  const extent = (sizes: object) => Object.values(sizes).reduce((product, n) => product * n, 1);
  // An endless loop shows soonest where a loop has the fewest rounds.
  cases.sort((a, b) => extent(a.dims) - extent(b.dims));
  for (const [i, posed] of cases.entries()) {
    const first = await trials.run(posed);
    if (first.endless) {
      const { loop, rounds } = first.endless;
      const { line } = loop;
      findings.seen = [];
      findings.verdict = "endless";
      findings.message = atPlace(
        { line },
        `this loop does not end: it was stopped after ${count(rounds)} rounds, where ${sizesText(posed.dims)}`,
      );
      return;
    }
    const again = await trials.run(posed, { fill: FILLS[1] });
    findings.seen.push(seen(posed, first, again, trials.tolerance(posed)));
    // All others at once, but only now: if the first takes a compiler too long, they would too.
    if (i === 0) for (const other of cases.slice(1)) trials.compile(other.dims).catch(() => {});
  }
  const { seen: all } = findings;
  if (all.every(({ ok }) => ok)) {
    findings.mistake = await unordered(trials, all);
    findings.verdict = findings.mistake ? "wrong" : "right";
    return;
  }
  findings.verdict = "wrong";
  for (const find of FINDS) {
    findings.mistake = await find(trials, all);
    if (findings.mistake) return;
  }
  findings.message = worstOf(all);
}

/** Of each size the largest. */
const largestOf = (all: readonly Dims[]): Dims =>
  Object.fromEntries(Object.keys(all[0]).map((symbol) => [symbol, Math.max(...all.map((d) => d[symbol]))]));

type Find = (trials: Trials, all: readonly Seen[]) => Mistake | null | Promise<Mistake | null>;

/** From what explains most to what explains least. */
const FINDS: readonly Find[] = [
  (_, all) => pastTheEnd(all),
  unordered,
  neverWritten,
  notInitialised,
  known,
  changing,
  (_, all) => wholeTiles(all),
  firstWorkgroup,
  general,
];

function worstOf(all: readonly Seen[]): string | null {
  const one = all.find(({ worst }) => worst);
  if (!one?.worst) return null;
  const { binding, index, got, want } = one.worst;
  return `\`${binding}[${index}]\` is ${short(got)}, and ${short(want)} is right, where ${sizesText(one.posed.dims)}`;
}

/** Why there is no verdict, or why no more is known of a wrong kernel. @throws what is no fault of the text's or the device's */
async function lineOf(
  error: unknown,
  device: GPUDevice,
  findings: Findings,
  longest: number,
): Promise<string | null> {
  const lost =
    error instanceof LostError
      ? error.message
      : error instanceof TextError || error instanceof LateError
        ? undefined
        : reasonOf(await lossBehind(device));
  if (lost !== undefined) {
    findings.verdict = "error";
    findings.seen = [];
    return `the device was lost (${oneSentence(lost)}): run the text again on a new one`;
  }
  if (error instanceof TextError) return atPlace(error.place, error.message);
  if (!(error instanceof LateError)) throw error;
  if (findings.verdict === "wrong") return worstOf(findings.seen);
  findings.seen = [];
  const seconds = Math.round(longest / 1000);
  return `the device needs more than ${seconds} s for this text: make it shorter, or its loops and functions fewer`;
}

const reasonOf = (info?: GPUDeviceLostInfo): string | undefined => info && (info.message || info.reason);
const oneSentence = (reason: string): string => reason.split("\n")[0].replace(/\.$/, "");
