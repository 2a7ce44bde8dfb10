/** Says why a tensor is not exact, rounding or a mistake, in sentences made from what was measured. */
import { largest, unravel } from "../../plan/compare.ts";
import { MOST_ROUNDINGS, SAMPLES } from "../../plan/rounding.ts";
import type { OperationReport } from "../../train/bisect.ts";
import type { Board, BoardRow, Inspection } from "./engine.ts";
import { count, indexText, rough, roundingsText, value } from "./numbers.ts";

/** `left` out if it cannot be judged, `pending` until it is. */
export type Verdict = "given" | "exact" | "rounding" | "suspect" | "left" | "pending";

export interface Explanation {
  readonly verdict: Verdict;
  readonly sentences: readonly string[];
}

/** What the verdict rests on. */
export const ROUNDING = `A tensor is right if every element is within ${MOST_ROUNDINGS} roundings; right kernels need at most half of them. How far one rounding is was measured for each element: the reference ran ${SAMPLES} more times with every number randomly changed by at most float32's rounding error, and one rounding is how far that typically moved the element.`;

/**
 * @param i an inspected tensor of the board's step
 * @param operation the verdict on the operation that makes it, once there is one
 */
export function explain(i: Inspection, board: Board, operation?: OperationReport): Explanation {
  if (!i.making)
    return { verdict: "given", sentences: ["The step is given this tensor and computes nothing here."] };
  const equal = i.ulps.max === 0;
  if (i.type === "u32")
    return equal
      ? { verdict: "exact", sentences: [exact(i)] }
      : { verdict: "suspect", sentences: [distances(i), ...onItsInputs(operation, false)] };

  const row = [...board.forward, ...board.gradients].find((r) => r.name === i.name)!;
  const seen = equal ? [exact(i)] : (noise(i) ?? farApart(i, row));
  const { unjudged, verdict } = board;
  if (unjudged !== undefined)
    return { verdict: "left", sentences: [`There is no verdict: ${unjudged}.`, ...seen] };
  if (row.within === undefined)
    return { verdict: "pending", sentences: [...seen, "Whether rounding explains that is being computed."] };
  if (row.within === null)
    return { verdict: "left", sentences: [`It cannot be judged: ${verdict?.note ?? "float32 overflows"}.`] };
  if (equal && row.within) return { verdict: "exact", sentences: seen };
  return {
    verdict: row.within ? "rounding" : "suspect",
    sentences: [...seen, inRoundings(row), ...onItsInputs(operation, row.within)],
  };
}

function exact({ ulps, got, float64 }: Inspection): string {
  const all = ulps.count === 1 ? "It is" : `All ${count(ulps.count)} elements are`;
  return got.every((x, at) => x === float64[at])
    ? `${all} exactly what float64 arithmetic gives: no rounding has shown so far.`
    : `${all} what float64 arithmetic gives, rounded once to float32.`;
}

function distances({ name, shape, got, want, type, ulps }: Inspection): string {
  const { equal, index } = ulps;
  const element = indexText(name, unravel(index, shape));
  const values = `${value(got[index])} instead of ${value(want[index])}`;
  if (type === "u32")
    return `${count(ulps.count - equal)} of ${count(ulps.count)} indices differ: ${element} is ${values}.`;
  const away = Number.isFinite(ulps.max) ? `${ulpText(ulps.max)} away` : "not a finite number";
  if (ulps.count === 1) return `It is ${away}: ${values}.`;
  const half = Number.isFinite(ulps.median) ? `half of them are within ${ulpText(ulps.median)}; ` : "";
  return `${count(equal)} of ${count(ulps.count)} elements are exact; ${half}the worst, ${element}, is ${away}: ${values}.`;
}

const ulpText = (n: number): string => `${count(n)} ${n === 1 ? "ULP" : "ULPs"}`;

/** For a tensor that is 0 in exact arithmetic. */
const noise = ({ float64, making }: Inspection): string[] | undefined =>
  making && largest(float64) < 2 ** -24 * making.inputScale
    ? [
        `In exact arithmetic this tensor is 0: terms of up to ${rough(making.inputScale)} cancel completely, so every digit here is rounding. ULPs are tiny near 0, so counting them says nothing here.`,
      ]
    : undefined;

/** The distances, and why many ULPs may be a small difference. */
function farApart(i: Inspection, row: BoardRow): string[] {
  const { got, want, ulps, float64 } = i;
  if (ulps.max < 64 || !row.within) return [distances(i)];
  const difference = Math.abs(got[ulps.index] - want[ulps.index]);
  return [
    distances(i),
    `That many ULPs are a difference of only ${rough(difference)}, in a tensor whose values reach ${rough(largest(float64))}: here terms nearly cancel, and float32 numbers are close together near 0.`,
  ];
}

/** The element that decides, in roundings. */
function inRoundings({ name, worst, roundings, within }: BoardRow): string {
  const element =
    worst.index.length === 0 ? "It" : `The element that decides, ${indexText(name, worst.index)},`;
  if (!Number.isFinite(worst.got))
    return `${element} is ${value(worst.got)} instead of ${value(worst.want)}. Rounding does not explain that: something is wrong.`;
  const off = `${element} is off by ${rough(Math.abs(worst.got - worst.want))}`;
  const used = roundingsText(roundings!);
  return within
    ? `${off}, ${used} of ${MOST_ROUNDINGS} roundings of ${rough(worst.s!)} each. That is rounding.`
    : `${off}, ${used} roundings of ${rough(worst.s!)} each, where ${MOST_ROUNDINGS} are allowed. Rounding does not explain that: something is wrong.`;
}

/** Whether the operation itself is right, even if its inputs were not. */
function onItsInputs(report: OperationReport | undefined, rounding: boolean): string[] {
  if (!report) return [];
  const { op, within, roundings, got, want } = report;
  if (within === null)
    return [`For the inputs it had, ${op} overflows float32, so it cannot be judged by itself.`];
  if (!within)
    return [
      `For the inputs it had, ${op} is wrong: it gives ${value(got)} where its twin gives ${value(want)}. The mistake is in this operation.`,
    ];
  const agrees = `For the inputs it had, ${op} is right: ${roundingsText(roundings!)} of ${MOST_ROUNDINGS} roundings`;
  return [rounding ? `${agrees}.` : `${agrees}. The mistake came in with an input: follow the arrows back.`];
}
