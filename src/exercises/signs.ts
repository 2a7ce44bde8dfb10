/**
 * What a wrong result that no entry of the catalogue explains has in common with the right one: a factor, a missing term, another order,
 * rows that are right. A sign counts if it holds in every case, so that a number can be told apart from a size that it equals.
 */
import { largest } from "../plan/compare.ts";
import { expanded, shapeText, Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { closeValues, sameShape, TOLERANCE } from "./equal.ts";
import type { CaseSizes } from "./types.ts";

/** A wrong result in one case. */
export interface Seen {
  readonly sizes: CaseSizes;
  readonly mine: Tensor;
  readonly right: Tensor;
  /** How large the terms are that add up to an element of the right result. */
  readonly terms: number;
  /** Forward tensors and gradients, by name: what a result, a factor or a difference may be equal to. */
  readonly tensors: ReadonlyMap<string, Value>;
}

export interface Sign {
  /** Stable, `sign.what`. */
  readonly id: string;
  readonly says: string;
}

type Find = (name: string, seen: readonly Seen[]) => Sign | null | undefined;

/** The first sign that fits, with the numbers of the first case. */
export function signOf(name: string, seen: readonly Seen[]): Sign | null {
  const all = seen.map(spread);
  for (const find of FINDS) {
    const found = find(name, all);
    if (found) return found;
  }
  return null;
}

/** A (1,64) result for a (32,64) tensor counts as 32 equal rows, as it does where it is right. */
function spread(one: Seen): Seen {
  const { mine, right } = one;
  return { ...one, mine: expanded(mine, right.shape) ?? mine };
}

const sign = (id: string, says: string): Sign => ({ id: `sign.${id}`, says });

type Numbers = ArrayLike<number>;

/** A right result this small beside its terms is 0 but for rounding, and nothing is a multiple of it. */
const VANISHING = 1e-6;

const vanishes = ({ right, terms }: Seen): boolean => largest(right.read()) <= VANISHING * terms;

const close = (a: Numbers, b: Numbers, terms: number): boolean =>
  a.length === b.length && closeValues(a, b, TOLERANCE * Math.max(terms, largestOf(b)));

function largestOf(values: Numbers): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** The cases in which the right result is not 0, as long as there are any. */
const nonZero = (seen: readonly Seen[]): readonly Seen[] => seen.filter((one) => !vanishes(one));

/** Where an element is, as one writes it: `[2, 0]`. */
function place(flat: number, shape: readonly number[]): string {
  const out: number[] = [];
  for (const extent of [...shape].reverse()) {
    out.unshift(flat % extent);
    flat = Math.floor(flat / extent);
  }
  return `[${out.join(", ")}]`;
}

/** 2, 0.5, 1.23457 */
const short = (value: number): string => String(Number(value.toPrecision(6)));

// Not numbers, or none that depend on anything

const notFinite: Find = (_, seen) => {
  const one = seen.find(({ mine }) => mine.read().some((value) => !Number.isFinite(value)));
  if (!one) return null;
  const values = one.mine.read();
  const at = values.findIndex((value) => !Number.isFinite(value));
  const count = values.filter((value) => !Number.isFinite(value)).length;
  const where =
    one === seen[0]
      ? ""
      : " It happens where the numbers are larger or smaller than in the first minibatch: logits of ±80, a variance near 1e-5.";
  const kind = values.some(Number.isNaN) ? "NaN" : "infinite";
  return sign(
    "nan",
    `${count} of your ${values.length} numbers ${count === 1 ? "is" : "are"} ${kind}, the first at ${place(at, one.mine.shape)}.${where}`,
  );
};

const zero: Find = (_, seen) =>
  seen.every(({ mine }) => largest(mine.read()) === 0) && nonZero(seen).length > 0
    ? sign("zero", "All of yours is 0, whatever comes back from the loss.")
    : null;

// Another shape, another order

const transposed: Find = (_, seen) => {
  const fits = seen.every(({ mine, right, terms }) => {
    if (mine.ndim !== 2 || right.ndim !== 2) return false;
    const [rows, columns] = mine.shape;
    const turned = mine.as([columns, rows], [mine.strides[1], mine.strides[0]]);
    return sameShape(turned, right) && close(turned.read(), right.read(), terms);
  });
  const { mine, right } = seen[0];
  return fits && (mine.shape[0] !== 1 || mine.shape[1] !== 1)
    ? sign(
        "transposed",
        `The numbers are right, but yours is on its side: its shape is ${shapeText(mine.shape)} instead of ${shapeText(right.shape)}.`,
      )
    : null;
};

const notSummed: Find = (name, seen) => {
  for (const axis of [0, 1, 2]) {
    const fits = nonZero(seen).every(({ mine, right, terms }) => {
      if (axis >= mine.ndim || mine.numel <= right.numel || mine.shape[axis] === 1) return false;
      return close(summed(mine, axis), right.read(), terms);
    });
    if (!fits || nonZero(seen).length === 0) continue;
    const { mine, right } = seen[0];
    const count = mine.shape[axis];
    return sign(
      "not-summed",
      `Yours is ${shapeText(mine.shape)} and \`${name}\` ${shapeText(right.shape)}: there are ${count} numbers of yours for each one of it, and it is only together that they are right.`,
    );
  }
  return null;
};

/** Summed over one axis, in row-major order. */
function summed(tensor: Tensor, axis: number): Float64Array {
  const inner = tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const extent = tensor.shape[axis];
  const values = tensor.read();
  const out = new Float64Array(values.length / extent);
  for (let i = 0; i < values.length; i++)
    out[Math.floor(i / (inner * extent)) * inner + (i % inner)] += values[i];
  return out;
}

const otherOrder: Find = (_, seen) => {
  const fits = nonZero(seen).every(({ mine, right, terms }) => {
    if (mine.numel !== right.numel || mine.numel < 2) return false;
    return close(mine.read().slice().sort(), right.read().slice().sort(), terms);
  });
  if (!fits || nonZero(seen).length === 0) return null;
  const { mine, right } = seen[0];
  if (close(mine.read(), right.read(), seen[0].terms) && !vanishes(seen[0]))
    return sign(
      "view",
      `The numbers are right and in order, but the shape is ${shapeText(mine.shape)} instead of ${shapeText(right.shape)}.`,
    );
  return sign("order", "The numbers are the right ones, but they stand in other places.");
};

const otherShape: Find = (name, seen) => {
  const { mine, right } = seen[0];
  const squeezed = (tensor: Tensor): string => tensor.shape.filter((extent) => extent !== 1).join();
  return squeezed(mine) !== squeezed(right)
    ? sign(
        "shape",
        `Yours has shape ${shapeText(mine.shape)}, and \`${name}\` has ${shapeText(right.shape)}.`,
      )
    : null;
};

// Another tensor

/** The names of tensors that are what `of` makes of each case, in every case. */
function equals(
  name: string,
  seen: readonly Seen[],
  of: (one: Seen) => Numbers,
  allowed: (tensor: Tensor, one: Seen) => boolean,
): string[] {
  const wanted = seen.map(of);
  return [...seen[0].tensors.keys()].filter(
    (other) =>
      other !== name &&
      seen.every((one, i) => {
        const tensor = one.tensors.get(other);
        if (!(tensor instanceof Tensor) || tensor.dtype !== "float" || !allowed(tensor, one)) return false;
        const values = tensor.read();
        return largestOf(values) > 0 && close(wanted[i], values, 0);
      }),
  );
}

const otherTensor: Find = (name, seen) => {
  const [found] = equals(
    name,
    seen,
    ({ mine }) => mine.read(),
    (tensor, { mine }) => tensor.numel === mine.numel,
  );
  if (!found) return null;
  const kind = found.startsWith("d")
    ? "another gradient"
    : "a tensor of the forward pass, and nothing in it comes from the loss";
  return sign("other-tensor", `Yours is \`${found}\`: ${kind}.`);
};

// Factors

interface Factor {
  readonly text: string;
  readonly of: (sizes: CaseSizes) => number;
}

const FACTORS: readonly Factor[] = [
  { text: "n", of: (s) => s.n },
  { text: "n - 1", of: (s) => s.n - 1 },
  { text: "vocab_size", of: (s) => s.vocab_size },
  { text: "n_hidden", of: (s) => s.n_hidden },
  { text: "block_size", of: (s) => s.block_size },
  { text: "n_embd", of: (s) => s.n_embd },
  { text: "block_size * n_embd", of: (s) => s.block_size * s.n_embd },
  { text: "n * block_size", of: (s) => s.n * s.block_size },
  { text: "n * vocab_size", of: (s) => s.n * s.vocab_size },
  { text: "n * n_hidden", of: (s) => s.n * s.n_hidden },
  { text: "n**2", of: (s) => s.n ** 2 },
  { text: "(n - 1)**2", of: (s) => (s.n - 1) ** 2 },
  { text: "n * (n - 1)", of: (s) => s.n * (s.n - 1) },
  { text: "n/(n - 1)", of: (s) => s.n / (s.n - 1) },
  { text: "n/vocab_size", of: (s) => s.n / s.vocab_size },
];

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-8 * Math.abs(b);

const constantFactor: Find = (_, seen) => {
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
    return largestOf(mine) <= TOLERANCE * terms ? Number.NaN : undefined;
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
    const value = minus * values[i] ** power;
    if (!Number.isNaN(wanted[i]) && Math.abs(wanted[i] - value) > 1e-7 * Math.abs(value)) return false;
  }
  return true;
}

/** Elements of a matrix by column, or by row. */
function vectors(tensor: Tensor, axis: 0 | 1): Numbers[] {
  const [rows, columns] = tensor.shape;
  const values = tensor.read();
  return axis === 0
    ? Array.from({ length: columns }, (_, j) =>
        Float64Array.from({ length: rows }, (_, i) => values[i * columns + j]),
      )
    : Array.from({ length: rows }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}

const isMatrix = ({ mine, right }: Seen): boolean =>
  sameShape(mine, right) && right.ndim === 2 && right.shape.every((extent) => extent > 1);

/** By columns (0) and by rows (1): what they are called, and which tensors have a number for each of them. */
const LINES = [
  { axis: 0, each: "column", along: (tensor: Tensor, right: Tensor) => isRow(tensor, right.shape[1]) },
  { axis: 1, each: "row", along: (tensor: Tensor, right: Tensor) => isColumn(tensor, right.shape[0]) },
] as const;

const isRow = ({ shape }: Tensor, extent: number): boolean =>
  shape[shape.length - 1] === extent && shape.slice(0, -1).every((size) => size === 1);
const isColumn = ({ shape }: Tensor, extent: number): boolean =>
  shape[0] === extent && shape.slice(1).every((size) => size === 1);

const lineFactor: Find = (name, seen) => {
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

const elementFactor: Find = (name, seen) => {
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

// Differences

const difference = ({ mine, right }: Seen): Float64Array => {
  const y = right.read();
  return Float64Array.from(mine.read(), (value, i) => value - y[i]);
};

/** The first of the names that a difference equals, with the side that it is on. */
function named(
  name: string,
  seen: readonly Seen[],
  of: (one: Seen) => Numbers,
  allowed: (tensor: Tensor, one: Seen) => boolean,
): string | undefined {
  const [more] = equals(name, seen, of, allowed);
  if (more) return `\`${more}\` too much`;
  const [less] = equals(name, seen, (one) => Float64Array.from(of(one), (value) => -value), allowed);
  return less && `\`${less}\` too little`;
}

const lineDifference: Find = (name, seen) => {
  if (!seen.every(({ mine, right }) => sameShape(mine, right))) return null;
  const amounts = seen.map((one) => {
    const all = difference(one);
    return close(all, new Float64Array(all.length).fill(all[0]), one.terms) ? all[0] : undefined;
  });
  if (seen[0].right.numel > 1 && amounts.every((amount) => amount !== undefined))
    return sign(
      "difference",
      `Every number of yours is too ${amounts[0]! > 0 ? "large" : "small"} by the same amount, ${short(Math.abs(amounts[0]!))} here.`,
    );
  if (seen.every(isMatrix)) {
    for (const { axis, each, along } of LINES) {
      const lines = seen.map((one) => {
        const { right } = one;
        const tensor = new Tensor("float", right.shape, { values: difference(one), version: 0 });
        return vectors(tensor, axis);
      });
      const constant = seen.every(({ terms, mine }, i) =>
        lines[i].every((line) =>
          close(line, new Float64Array(line.length).fill(line[0]), Math.max(terms, largest(mine.read()))),
        ),
      );
      if (!constant) continue;
      const which = named(
        name,
        seen,
        (one) => lines[seen.indexOf(one)].map((line) => line[0]),
        (tensor, { right }) => along(tensor, right),
      );
      return sign(
        `${each}-difference`,
        which
          ? `All numbers in a ${each} of yours are off by the same amount: ${which}.`
          : `All numbers in a ${each} of yours are off by the same amount: a term that is the same along it is missing, or too much.`,
      );
    }
  }
  const which = named(name, seen, difference, (tensor, { right }) => sameShape(tensor, right));
  return which ? sign("difference", `Each number of yours has its own ${which}.`) : null;
};

// Only some are wrong

const wrongOnes = ({ mine, right, terms }: Seen): boolean[] => {
  const y = right.read();
  const within = TOLERANCE * terms;
  return Array.from(mine.read(), (value, i) => value !== y[i] && !(Math.abs(value - y[i]) <= within));
};

interface Part {
  readonly id: string;
  /** Whether an element, given by its row and column, belongs to it; undefined where the tensor has no such part. */
  readonly of: (one: Seen) => ((row: number, column: number) => boolean) | undefined;
  readonly says: string;
  /** Every row of it has to be wrong. */
  readonly all?: true;
}

const indices = (one: Seen, name: string): Numbers | undefined => {
  const tensor = one.tensors.get(name);
  return tensor instanceof Tensor ? tensor.read() : undefined;
};

const isScores = ({ right, sizes }: Seen): boolean =>
  right.ndim === 2 && right.shape[0] === sizes.n && right.shape[1] === sizes.vocab_size;

const picked =
  (name: string, inside: boolean): Part["of"] =>
  (one) => {
    const columns = indices(one, name);
    if (!isScores(one) || !columns) return undefined;
    return (row, column) => (columns[row] === column) === inside;
  };

/** Rows of the table whose characters occur so often in the batch. */
const occurring =
  (often: (count: number) => boolean): Part["of"] =>
  (one) => {
    const { right, sizes } = one;
    const tokens = indices(one, "Xb");
    if (right.ndim !== 2 || right.shape[0] !== sizes.vocab_size || right.shape[1] !== sizes.n_embd || !tokens)
      return undefined;
    const counts = new Array<number>(sizes.vocab_size).fill(0);
    for (let i = 0; i < tokens.length; i++) counts[tokens[i]]++;
    return (row) => often(counts[row]);
  };

const PARTS: readonly Part[] = [
  {
    id: "target",
    of: picked("Yb", true),
    says: "Only the target's number of each row is wrong; all others are right.",
  },
  {
    id: "not-target",
    of: picked("Yb", false),
    says: "The target's number of each row is right, and only the others are wrong.",
  },
  {
    id: "maximum",
    of: picked("logit_argmax", true),
    says: "Only what stands at a row's largest logit is wrong; all others are right.",
  },
  {
    id: "not-maximum",
    of: picked("logit_argmax", false),
    says: "What stands at a row's largest logit is right, and only the others are wrong.",
  },
  {
    id: "repeated",
    of: occurring((count) => count > 1),
    says: "Only rows of characters that occur more than once in the batch are wrong.",
  },
  {
    id: "absent",
    of: occurring((count) => count === 0),
    says: "Only rows of characters that do not occur in the batch are wrong; they should be 0.",
  },
  {
    id: "first-row",
    of: () => (row) => row === 0,
    says: "Only the first row is wrong; all others are right.",
  },
  {
    id: "last-row",
    of: ({ right }) => {
      const last = right.shape[0] - 1;
      return (row) => row === last;
    },
    says: "Only the last row is wrong; all others are right.",
  },
  {
    id: "only-first-row-right",
    of: () => (row) => row > 0,
    says: "The first row is right, and all others are wrong.",
    all: true,
  },
  {
    id: "only-last-row-right",
    of: ({ right }) => {
      const last = right.shape[0] - 1;
      return (row) => row < last;
    },
    says: "The last row is right, and all others are wrong.",
    all: true,
  },
];

const someWrong: Find = (_, seen) => {
  if (!seen.every(({ mine, right }) => sameShape(mine, right) && right.ndim >= 2 && right.shape[0] > 1))
    return null;
  const wrong = seen.map(wrongOnes);
  const inner = seen.map(({ right }) => right.numel / right.shape[0]);
  for (const { id, of, says, all } of PARTS) {
    const fits = seen.every((one, i) => {
      const inside = of(one);
      return inside && wrong[i].every((off, k) => !off || inside(Math.floor(k / inner[i]), k % inner[i]));
    });
    const rows = seen.map(
      (_, i) => new Set(wrong[i].flatMap((off, k) => (off ? [Math.floor(k / inner[i])] : []))),
    );
    if (fits && (!all || rows.every(({ size }, i) => size === seen[i].right.shape[0] - 1)))
      return sign(id, says);
  }
  for (const each of ["row", "column"] as const) {
    const off = seen.map((_, i) => {
      const of = (k: number): number => (each === "row" ? Math.floor(k / inner[i]) : k % inner[i]);
      return [...new Set(wrong[i].flatMap((bad, k) => (bad ? [of(k)] : [])))].sort((a, b) => a - b);
    });
    const counts = seen.map(({ right }, i) => (each === "row" ? right.shape[0] : inner[i]));
    if (off[0].length === 0 || off.some(({ length }, i) => length > counts[i] / 2)) continue;
    const shown = off[0].slice(0, 6).join(", ") + (off[0].length > 6 ? ", …" : "");
    return sign(
      `${each}s`,
      `${off[0].length} of ${counts[0]} ${each}s ${off[0].length === 1 ? "is" : "are"} wrong (${shown}, counted from 0); all others are right.`,
    );
  }
  return null;
};

/** Nothing else is known of it: how much is wrong, and where most. */
const values: Find = (_, seen) => {
  const one = seen.find((each) => each.mine.numel === each.right.numel && wrongOnes(each).includes(true));
  if (!one) return null;
  const { mine, right } = one;
  const [x, y] = [mine.read(), right.read()];
  const off = wrongOnes(one).filter(Boolean).length;
  let at = 0;
  for (let i = 1; i < x.length; i++) if (Math.abs(x[i] - y[i]) > Math.abs(x[at] - y[at])) at = i;
  if (one !== seen[0])
    return sign("values", "On the first minibatch yours is right, and on other numbers it is not.");
  return sign(
    "values",
    `${off} of your ${x.length} numbers ${off === 1 ? "is" : "are"} wrong, most at ${place(at, right.shape)}, where yours is ${short(x[at])}.`,
  );
};

const FINDS: readonly Find[] = [
  notFinite,
  zero,
  transposed,
  notSummed,
  otherOrder,
  otherTensor,
  otherShape,
  constantFactor,
  someWrong,
  lineFactor,
  elementFactor,
  lineDifference,
  values,
];
