/** Why a tensor is not exact, in sentences made from what was measured: rounding, or a mistake. */
import { unravel } from "../../plan/compare.ts";
import type { Inspection } from "./engine.ts";
import { isRounding, roundingBound } from "./errors.ts";
import { count, indexText, rough, value } from "./numbers.ts";

export type Verdict = "given" | "exact" | "rounding" | "suspect";

export interface Explanation {
  readonly verdict: Verdict;
  readonly sentences: readonly string[];
}

/** @param i a tensor of a step as it was inspected */
export function explain(i: Inspection): Explanation {
  if (!i.making)
    return { verdict: "given", sentences: ["It is given to the step, which computes nothing here."] };
  if (!Number.isFinite(i.errors.largest))
    return {
      verdict: "suspect",
      sentences: [
        "In float64 too it is no longer finite: the weights have diverged, and there is nothing to compare.",
      ],
    };
  if (i.ulps.max === 0) return { verdict: "exact", sentences: [exact(i)] };
  if (i.type === "u32") return { verdict: "suspect", sentences: [distances(i), ownSentence(i, false)] };
  const rounding = isRounding(i.errors);
  return {
    verdict: rounding ? "rounding" : "suspect",
    sentences: [...(noise(i) ?? farApart(i)), comparison(i, rounding), ownSentence(i, rounding)],
  };
}

const subject = (i: Inspection): string => (i.backend === "gpu" ? "the device" : "float32 on the CPU");

function exact({ ulps, errors }: Inspection): string {
  const all = ulps.count === 1 ? "It is" : `All ${count(ulps.count)} elements are`;
  return errors.got === 0
    ? `${all} just what float64 arithmetic gives: up to here no rounding shows.`
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
  const half = Number.isFinite(ulps.median) ? `half of all are within ${ulpText(ulps.median)}; ` : "";
  return `${count(equal)} of ${count(ulps.count)} elements are exact; ${half}the farthest, ${element}, is ${away}: ${values}.`;
}

const ulpText = (n: number): string => `${count(n)} ${n === 1 ? "ULP" : "ULPs"}`;

/** A tensor of which exact arithmetic leaves nothing. */
const noise = ({ errors, making }: Inspection): string[] | undefined =>
  making && errors.largest < 2 ** -24 * making.inputScale
    ? [
        `In exact arithmetic this tensor is 0: terms of up to ${rough(making.inputScale)} cancel entirely, so that all digits here are rounding. ULPs, which are tiny near 0, say nothing about them.`,
      ]
    : undefined;

/** The distances; and where many ULPs are no large difference, why. */
function farApart(i: Inspection): string[] {
  const { got, want, ulps, errors } = i;
  const difference = Math.abs(got[ulps.index] - want[ulps.index]);
  if (ulps.max < 64 || !(difference <= roundingBound(errors))) return [distances(i)];
  return [
    distances(i),
    `That many ULPs are a difference of only ${rough(difference)}, in a tensor whose values reach ${rough(errors.largest)}: here terms nearly cancel, and near 0 float32 numbers lie close together.`,
  ];
}

function comparison(i: Inspection, rounding: boolean): string {
  const { got, float32 } = i.errors;
  if (i.backend === "cpu")
    return `Against float64 it is off by at most ${rough(got)}. The CPU computes here in float32, so this is rounding and nothing else.`;
  const off = `Against float64 ${subject(i)} is off by at most ${rough(got)}, the CPU computing in float32 by ${rough(float32)}`;
  if (rounding)
    return float32 > 0 && got > float32
      ? `${off}: ${rough(got / float32)} times as far. That is rounding: kernels round within their sums too, the twins only where they store.`
      : `${off}: that is rounding.`;
  const times =
    float32 > 0 && Number.isFinite(got) ? `: ${count(Math.round(got / float32))} times as far` : "";
  return `${off}${times}. Rounding does not do that; something is wrong.`;
}

/** Whether the operation itself is right, whatever its inputs were. */
function ownSentence({ making }: Inspection, rounding: boolean): string {
  const { op, own } = making!;
  if (own.used > 1)
    return `On the very inputs it had, ${op} is wrong: it gives ${value(own.got)} where its twin gives ${value(own.want)}. The mistake is made here.`;
  const agrees = `On the very inputs it had, ${op} agrees with its twin, within ${share(own.used)} of its tolerance`;
  return rounding ? `${agrees}.` : `${agrees}: the mistake came with an input; follow the arrows back.`;
}

const share = (used: number): string => (used < 0.001 ? "0.1 %" : `${rough(100 * used)} %`);
