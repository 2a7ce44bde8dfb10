/** Signs of invocations that do not wait for one another. */
import { complaint } from "../compile.ts";
import { type Insertion, inserted } from "../instrument.ts";
import type { Fn, Gap, Scan } from "../scan.ts";
import { isRight, type Mistake, type Seen, sameBits } from "../seen.ts";
import type { Trials } from "../trials.ts";

/** Runs with the same inputs. */
const RUNS = 3;

/** The same text gives other numbers in another run. */
export async function changing(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  for (const { posed, first } of all.filter(({ ok }) => !ok)) {
    for (let run = 0; run < RUNS; run++) {
      const once = await trials.run(posed);
      if (sameBits(first, once)) continue;
      const k = first.outputs.findIndex(({ words }, o) =>
        words.some((w, i) => w !== once.outputs[o].words[i]),
      );
      const { name, words } = first.outputs[k];
      const at = words.findIndex((w, i) => w !== once.outputs[k].words[i]);
      return {
        id: "race",
        says: `A race: on the same inputs \`${name}[${at}]\` is another number in another run, as it depends on which invocation comes first.`,
      };
    }
  }
  return null;
}

interface Candidate {
  readonly insertion: Insertion;
  /** The same for all places between the same two touches. */
  readonly key: string;
  /** The shared variable, and the lines that touch it before and behind the place. */
  readonly name: string;
  readonly lines: readonly [number, number];
}

const BARRIER = "workgroupBarrier";

/**
 * Whether the text is right with barriers between its statements, and between which one of them is enough. A software device runs the
 * invocations of a workgroup one after another up to a barrier, so that a missing one gives the same wrong numbers every time.
 */
export async function missingBarrier(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  const candidates = trials.scan.functions.flatMap((fn) => candidatesOf(trials.scan, fn)).slice(0, MOST);
  const wrong = all.filter(({ ok }) => !ok);
  const places = new Map<string, Candidate>();
  for (const one of candidates)
    if (!places.has(one.key) && (await isValid(trials, wrong[0], one))) places.set(one.key, one);
  const valid = [...places.values()];
  const helps = async (some: readonly Candidate[]): Promise<boolean> => {
    for (const { posed } of wrong) {
      const ran = await trials.run(posed, { more: some.map(({ insertion }) => insertion) });
      if (ran.endless || !isRight(ran, posed.want, trials.tolerance(posed))) return false;
    }
    return true;
  };
  if (valid.length === 0 || !(await helps(valid))) return null;
  return { id: "race", says: says(await fewest(trials, valid, helps)) };
}

/** One barrier that is enough, or else as few as can be found in time. */
async function fewest(
  trials: Trials,
  all: readonly Candidate[],
  helps: (some: readonly Candidate[]) => Promise<boolean>,
): Promise<readonly Candidate[]> {
  const inTime = () => trials.deadline.left > RESERVE;
  for (const one of all) if (inTime() && (await helps([one]))) return [one];
  let needed = all;
  for (const one of all) {
    const less = needed.filter((other) => other !== one);
    if (inTime() && less.length > 0 && (await helps(less))) needed = less;
  }
  return needed;
}

/** Places that are looked at, at most. */
const MOST = 100;
/** Milliseconds that are kept for saying what was found. */
const RESERVE = 300;

function says(needed: readonly Candidate[]): string {
  const [{ name, lines }] = needed;
  const [before, after] = lines;
  const more = needed.length > 1 ? `, and there are ${needed.length} such places` : "";
  const between =
    before === after
      ? `line ${before} touches \`${name}\` again in the next round`
      : `line ${before} and line ${after} both touch \`${name}\``;
  return `A race: ${between}, and between them no invocation of the workgroup waits for the others, so that some read what is not there yet or no longer there${more}.`;
}

/** Whether all invocations of a workgroup come to a place together. */
async function isValid(trials: Trials, { posed }: Seen, { insertion }: Candidate): Promise<boolean> {
  const text = inserted(trials.scan.text, [insertion]);
  const { device, task, deadline } = trials;
  return !(await deadline.wait(complaint(device, task, posed.dims, text)));
}

/** The places where a barrier could make a difference: a shared variable is touched before and behind. */
function candidatesOf(scan: Scan, fn: Fn): Candidate[] {
  const { tokens, shared, functions } = scan;
  // A function that touches a shared variable touches it wherever it is called.
  const touching = new Map<string, string>();
  for (const name of shared) touching.set(name, name);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { name, first, last } of functions) {
      if (touching.has(name)) continue;
      const inner = tokens.slice(first, last).find((t) => touching.has(t.text));
      if (!inner) continue;
      touching.set(name, touching.get(inner.text)!);
      grown = true;
    }
  }
  const touches: number[] = [];
  for (let i = fn.first; i < fn.last; i++) if (touching.has(tokens[i].text)) touches.push(i);
  const barriers = [...tokens.keys()].filter(
    (i) => i >= fn.first && i < fn.last && tokens[i].text === BARRIER,
  );
  const isBarrier = (i: number) => tokens[i]?.text === BARRIER;
  return fn.gaps.flatMap((gap): Candidate[] => {
    // `workgroupBarrier ( ) ;` before it, or behind it.
    if (isBarrier(gap.after) || isBarrier(gap.before - 3)) return [];
    const around = neighbours(gap, touches, barriers);
    if (!around) return [];
    const lines = around.map((i) => tokens[i].line) as [number, number];
    const key = `${around} ${gap.loops.length}`;
    const insertion = { at: gap.at, text: ` ${BARRIER}();` };
    return [{ insertion, key, name: touching.get(tokens[around[0]].text)!, lines }];
  });
}

/**
 * The last touch before a place and the first one behind it, which in a loop may stand in another round; none with a barrier between it and the
 * place, where the invocations wait already.
 */
function neighbours(
  { before, after, loops }: Gap,
  touches: readonly number[],
  barriers: readonly number[],
): [number, number] | undefined {
  const waits = (from: number, to: number): boolean => barriers.some((i) => i > from && i < to);
  const [first, last] = loops.at(-1) ?? [0, -1];
  const inLoop = touches.filter((i) => i > first && i < last);
  const earlier = touches.findLast((i) => i <= before);
  const later = touches.find((i) => i >= after);
  // At a loop's end the next touch is the first of its next round, and at its beginning the one before may be the last of its round before.
  const next = inLoop[0];
  const to =
    last > 0 && !(later !== undefined && later < last) && !waits(first, next ?? first)
      ? (next ?? later)
      : later;
  const previous = inLoop.at(-1);
  const direct = earlier !== undefined && !waits(earlier, after) ? earlier : undefined;
  const round =
    previous !== undefined && !waits(previous, last) && !waits(first, after) ? previous : undefined;
  const from = direct ?? round;
  if (from === undefined || to === undefined || (to >= after && waits(before, to))) return undefined;
  return [from, to];
}
