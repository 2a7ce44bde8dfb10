/** Says why a tensor is not exact, rounding or a mistake, in sentences made from what was measured. */
import { unravel } from "../../plan/compare.ts";
import type { Inspection } from "./engine.ts";
import { isRounding, roundingBound } from "./errors.ts";
import { count, indexText, rough, value } from "./numbers.ts";

export type Verdict = "given" | "exact" | "rounding" | "suspect";

export interface Explanation {
  readonly verdict: Verdict;
  readonly sentences: readonly string[];
}

/** @param i an inspected tensor of a step */
export function explain(i: Inspection): Explanation {
  if (!i.making)
    return { verdict: "given", sentences: ["The step is given this tensor and computes nothing here."] };
  if (!Number.isFinite(i.errors.largest))
    return {
      verdict: "suspect",
      sentences: [
        "It is not finite in float64 either: the weights have diverged, so there is nothing to compare.",
      ],
    };
  if (i.ulps.max === 0) return { verdict: "exact", sentences: [exact(i)] };
  if (i.type === "u32") return { verdict: "suspect", sentences: [distances(i), onItsInputs(i, false)] };
  const rounding = isRounding(i.errors);
  return {
    verdict: rounding ? "rounding" : "suspect",
    sentences: [...(noise(i) ?? farApart(i)), comparison(i, rounding), onItsInputs(i, rounding)],
  };
}

function exact({ ulps, errors }: Inspection): string {
  const all = ulps.count === 1 ? "It is" : `All ${count(ulps.count)} elements are`;
  return errors.got === 0
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
const noise = ({ errors, making }: Inspection): string[] | undefined =>
  making && errors.largest < 2 ** -24 * making.inputScale
    ? [
        `In exact arithmetic this tensor is 0: terms of up to ${rough(making.inputScale)} cancel completely, so every digit here is rounding. ULPs are tiny near 0, so counting them says nothing here.`,
      ]
    : undefined;

/** The distances, and why many ULPs may be a small difference. */
function farApart(i: Inspection): string[] {
  const { got, want, ulps, errors } = i;
  const difference = Math.abs(got[ulps.index] - want[ulps.index]);
  if (ulps.max < 64 || !(difference <= roundingBound(errors))) return [distances(i)];
  return [
    distances(i),
    `That many ULPs are a difference of only ${rough(difference)}, in a tensor whose values reach ${rough(errors.largest)}: here terms nearly cancel, and float32 numbers are close together near 0.`,
  ];
}

function comparison(i: Inspection, rounding: boolean): string {
  const { got, float32 } = i.errors;
  if (i.backend === "cpu")
    return `It is off by at most ${rough(got)} from float64. The CPU computes in float32 here, so this is rounding and nothing else.`;
  const off = `The device is off by at most ${rough(got)} from float64, and the CPU, when it computes in float32, by ${rough(float32)}`;
  if (rounding)
    return float32 > 0 && got > float32
      ? `${off}: the device's error is ${rough(got / float32)} times as large. That is rounding: kernels also round within their sums, the twins only where they store.`
      : `${off}. That is rounding.`;
  const times =
    float32 > 0 && Number.isFinite(got)
      ? `: the device's error is ${count(Math.round(got / float32))} times as large`
      : "";
  return `${off}${times}. Rounding does not explain that: something is wrong.`;
}

/** Whether the operation itself is right, even if its inputs were not. */
function onItsInputs({ making }: Inspection, rounding: boolean): string {
  const { op, report } = making!;
  if (report.used > 1)
    return `For the inputs it had, ${op} is wrong: it gives ${value(report.got)} where its twin gives ${value(report.want)}. The mistake is in this operation.`;
  const agrees = `For the inputs it had, ${op} agrees with its twin and uses ${percentage(report.used)} of its tolerance`;
  return rounding ? `${agrees}.` : `${agrees}. The mistake came in with an input: follow the arrows back.`;
}

const percentage = (used: number): string => (used < 0.001 ? "less than 0.1 %" : `${rough(100 * used)} %`);
