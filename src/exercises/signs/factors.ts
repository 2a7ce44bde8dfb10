/** Signs of a result that is the right one times something. */
import { largest } from "../../plan/compare.ts";
import { VANISHING } from "../case.ts";
import { Tensor } from "../dialect/tensor.ts";
import { sameShape, TOLERANCE } from "../equal.ts";
import type { CaseSizes } from "../types.ts";
import {
  close,
  type Find,
  isMatrix,
  LINES,
  type Numbers,
  nonZero,
  type Seen,
  short,
  sign,
  vanishes,
  vectors,
} from "./seen.ts";

interface Factor {
  readonly text: string;
  readonly of: (sizes: CaseSizes) => number;
}

const FACTORS: readonly Factor[] = [
  { text: "n", of: (s) => s.n },
  { text: "n − 1", of: (s) => s.n - 1 },
  { text: "vocab_size", of: (s) => s.vocab_size },
  { text: "n_hidden", of: (s) => s.n_hidden },
  { text: "block_size", of: (s) => s.block_size },
  { text: "n_embd", of: (s) => s.n_embd },
  { text: "block_size * n_embd", of: (s) => s.block_size * s.n_embd },
  { text: "n * block_size", of: (s) => s.n * s.block_size },
  { text: "n * vocab_size", of: (s) => s.n * s.vocab_size },
  { text: "n * n_hidden", of: (s) => s.n * s.n_hidden },
  { text: "n²", of: (s) => s.n ** 2 },
  { text: "(n − 1)²", of: (s) => (s.n - 1) ** 2 },
  { text: "n(n − 1)", of: (s) => s.n * (s.n - 1) },
  { text: "n/(n − 1)", of: (s) => s.n / (s.n - 1) },
  { text: "n/vocab_size", of: (s) => s.n / s.vocab_size },
];

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-8 * Math.abs(b);

export const constantFactor: Find = (_, seen) => {
  const cases = nonZero(seen);
  if (cases.length === 0) return null;
  const factors = cases.map(({ mine, right, terms }) => {
    if (mine.numel !== right.numel) return undefined;
    return ratio(mine.read(), right.read(), terms);
  });
  if (!factors.every((factor) => factor !== undefined && factor !== 0)) return null;
  const all = factors as number[];
  const unseen = vanishes(seen[0])
    ? " They are 0 but for rounding in this network, so `cmp` cannot see it."
    : "";
  if (all.every((factor) => near(factor, -1)))
    return sign("minus", `Every number of yours has the wrong sign.${unseen}`);
  const wrongSign = all[0] < 0 ? "has the wrong sign and " : "";
  const { sizes } = seen[0];
  if (all.every((factor) => near(factor, all[0])))
    return sign("factor", `Every number of yours ${wrongSign}is ${times(all[0])}.${unseen}`);
  for (const { text, of } of FACTORS) {
    for (const power of [1, -1]) {
      const fits = all.every((factor, i) => near(Math.abs(factor), of(cases[i].sizes) ** power));
      if (!fits || !all.every((factor) => factor < 0 === all[0] < 0)) continue;
      const value = of(sizes);
      return sign(
        "factor",
        Number.isInteger(value)
          ? `Every number of yours ${wrongSign}is ${times(value ** power)}, and ${text} is ${value} here.${unseen}`
          : `Every number of yours ${wrongSign}is too ${power > 0 ? "large" : "small"} by ${text}, which is ${short(value)} here.${unseen}`,
      );
    }
  }
  const here = cases[0] === seen[0] ? `, ${short(all[0])} here` : "";
  return sign("factor", `Every number of yours is off by one and the same factor${here}.${unseen}`);
};

const times = (factor: number): string => {
  const size = Math.abs(factor);
  return size >= 1 ? `${short(size)} times too large` : `${short(1 / size)} times too small`;
};

/** c where mine = c * right, if there is one; it is NaN where both are 0. */
function ratio(mine: Numbers, right: Numbers, terms: number): number | undefined {
  let at = 0;
  for (let i = 1; i < right.length; i++) if (Math.abs(right[i]) > Math.abs(right[at])) at = i;
  if (Math.abs(right[at]) <= TOLERANCE * terms)
    return largest(mine) <= TOLERANCE * terms ? Number.NaN : undefined;
  const factor = mine[at] / right[at];
  const scaled = Float64Array.from(right, (value) => factor * value);
  return close(mine, scaled, terms * Math.min(1, Math.abs(factor))) ? factor : undefined;
}

const POWERS: readonly (readonly [power: number, text: (name: string) => string])[] = [
  [1, (name) => `\`${name}\``],
  [-1, (name) => `one over \`${name}\``],
  [2, (name) => `\`${name}\` squared`],
  [-2, (name) => `one over \`${name}\` squared`],
];

/** A tensor, or a power of it, that is these numbers in every case; NaN stands for any number. */
function powerOf(
  name: string,
  seen: readonly Seen[],
  of: (one: Seen) => Numbers,
  allowed: (tensor: Tensor, one: Seen) => boolean,
): string | undefined {
  const wanted = seen.map(of);
  for (const minus of [1, -1]) {
    for (const [power, text] of POWERS) {
      for (const other of seen[0].tensors.keys()) {
        const fits =
          other !== name &&
          seen.every((one, i) => {
            const tensor = one.tensors.get(other);
            if (!(tensor instanceof Tensor) || tensor.dtype !== "float" || !allowed(tensor, one))
              return false;
            const values = tensor.read();
            return wanted[i].length === values.length && everyNear(wanted[i], values, power, minus);
          });
        if (fits) return `${minus < 0 ? "minus " : ""}${text(other)}`;
      }
    }
  }
  return undefined;
}

function everyNear(wanted: Numbers, values: Numbers, power: number, minus: number): boolean {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(wanted[i])) continue;
    const value = minus * values[i] ** power;
    if (Math.abs(wanted[i] - value) > 1e-7 * Math.abs(value)) return false;
  }
  return true;
}

export const lineFactor: Find = ({ name }, seen) => {
  const cases = nonZero(seen).filter(isMatrix);
  if (cases.length === 0 || cases.length < nonZero(seen).length) return null;
  for (const { axis, each, along } of LINES) {
    const factors = cases.map(({ mine, right, terms }) => {
      const rights = vectors(right, axis);
      return vectors(mine, axis).map((values, i) => ratio(values, rights[i], terms));
    });
    if (!factors.every((all) => all.every((factor) => factor !== undefined))) continue;
    // A line that is 0 in yours would be a multiple of anything.
    if (!factors.some((all) => all.some((factor) => factor !== 0 && !Number.isNaN(factor)))) continue;
    const which = powerOf(
      name,
      cases,
      (one) => factors[cases.indexOf(one)] as number[],
      (tensor, { right }) => along(tensor, right),
    );
    return sign(
      `${each}-factor`,
      `Each ${each} of yours is off by a factor of its own${which ? `, which is ${which}` : ""}.`,
    );
  }
  return null;
};

export const elementFactor: Find = ({ name }, seen) => {
  const cases = nonZero(seen);
  if (cases.length === 0 || !cases.every(({ mine, right }) => sameShape(mine, right))) return null;
  const which = powerOf(
    name,
    cases,
    ({ mine, right, terms }) => {
      const [x, y] = [mine.read(), right.read()];
      return Float64Array.from(x, (value, i) =>
        Math.max(Math.abs(y[i]), Math.abs(value)) <= VANISHING * terms ? Number.NaN : value / y[i],
      );
    },
    (tensor, { right }) => sameShape(tensor, right),
  );
  return which
    ? sign("own-factor", `Each number of yours is off by a factor of its own, which is ${which}.`)
    : null;
};
