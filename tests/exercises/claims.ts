/**
 * What the sentences of the catalogue claim, as something to compute: whether "every number of yours is 5 times too large" is looked up in
 * the mistake's own values. Each claim is a wording that many sentences share.
 */
import type { Case } from "../../src/exercises/case.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { expanded, Tensor } from "../../src/exercises/dialect/tensor.ts";
import { closeValues } from "../../src/exercises/equal.ts";
import type { Task } from "../../src/exercises/types.ts";

/** A mistake's values in one case, beside the right ones. */
export interface Told {
  readonly task: Task;
  readonly one: Case;
  readonly mine: Tensor;
  readonly right: Tensor;
  /** How large the terms of the right values are. */
  readonly terms: number;
  /** Whether the gradients are those of the network's own loss, as where a learner reads the sentence. */
  readonly own: boolean;
  /** The same where nothing but the gradients that come back is different; known beside the network's own ones only. */
  readonly otherwise: Pick<Told, "one" | "mine"> | undefined;
}

type Numbers = ArrayLike<number>;

/** What comes back along each path, or is each term, by what it goes through. */
const PATHS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "0 dfork": { straight: "slope * dstraight", squared: "2 * fork * dsquared" },
  "1 dcounts": { probs: "counts_sum_inv * dprobs", counts_sum: "dcounts_sum.expand(n, vocab_size)" },
  "1 dlogits": { norm_logits: "1 * dnorm_logits", logit_maxes: "(logits == logit_maxes) * dlogit_maxes" },
  "1 dbndiff": { bnraw: "bnvar_inv * dbnraw", bndiff2: "2 * bndiff * dbndiff2" },
  "1 dhprebn": { bndiff: "1 * dbndiff", bnmeani: "(dbnmeani / n).expand(n, n_hidden)" },
  "3 dhprebn": { direct: "1 * dhprebn_direct", mean: "1 * dhprebn_mean", variance: "1 * dhprebn_var" },
};

function evaluate({ task, one }: Told, expression: string): Tensor {
  const standIns = one.standIns(task.exercise);
  const { values } = run(`it = ${expression}`, {
    given: task.exercise === 0 ? one.warmUp : one.given,
    asked: new Set([...standIns.keys(), "it"]),
    standIns,
    only: "it",
  });
  return values.get("it") as Tensor;
}

/** As a sentence writes it: 1/`x`, `x` squared, −2 · (`x` + 1e-5), exp(`x`), half of `x` cubed. */
const expressionOf = (text: string): string =>
  text
    .replace(/half of (\S+) cubed/, "0.5 * $1**3")
    .replace(/(`\w+`|\(.*\)) squared/, "($1)**2")
    .replace("exp(", "torch.exp(")
    .replaceAll("·", "*")
    .replaceAll("−", "-")
    .replaceAll("`", "");

const near = (a: Numbers, b: Numbers, terms = 0): boolean => {
  let largest = terms;
  for (let i = 0; i < b.length; i++) if (Number.isFinite(b[i])) largest = Math.max(largest, Math.abs(b[i]));
  return a.length === b.length && closeValues(a, b, 1e-9 * largest);
};

/** Whether mine, spread over the right shape if it is smaller, is this. */
const isIt = ({ mine, right, terms }: Told, wanted: Numbers): boolean =>
  near(expanded(mine, right.shape)?.read() ?? [], wanted, terms);

/** Whether mine is the right one times this. */
const times = (told: Told, factor: number | Tensor): boolean => {
  const factors = factor instanceof Tensor ? expanded(factor, told.right.shape)!.read() : undefined;
  const right = told.right.read();
  return isIt(
    told,
    Float64Array.from(right, (value, i) => value * (factors?.[i] ?? (factor as number))),
  );
};

/** Whether mine is more than the right one by this. */
const more = (told: Told, expression: string): boolean => {
  const [right, extra] = [told.right.read(), evaluate(told, expression).read()];
  return isIt(
    told,
    Float64Array.from(right, (value, i) => value + extra[i]),
  );
};

/** Whether mine has all paths as they are, but this one times a factor. */
const path = (told: Told, through: string, factor: string | number): boolean => {
  const paths = Object.entries(PATHS[`${told.task.exercise} ${told.task.name}`]);
  const sum = paths.map(([name, each]) => (name === through ? `(${factor}) * (${each})` : each));
  return isIt(told, evaluate(told, sum.join(" + ")).read());
};

/** Whether what mine has in place of this path stays the same whatever comes back. */
const silent = (told: Told, through: string): boolean => {
  const paths = Object.entries(PATHS[`${told.task.exercise} ${told.task.name}`]);
  const others = paths.flatMap(([name, each]) => (name === through ? [] : [each])).join(" + ");
  const rest = (at: Told): Float64Array => {
    const known = evaluate(at, others).read();
    return Float64Array.from(at.mine.read(), (value, i) => value - known[i]);
  };
  return !told.otherwise || near(rest(told), rest({ ...told, ...told.otherwise }));
};

const by = (factor: string, way: string): number => (way === "large" ? Number(factor) : 1 / Number(factor));

const ratio = (text: string): number => {
  const [over, under] = text.split("/").map(Number);
  return over / under;
};

const rowsOf = ({ shape: [rows, columns] }: Tensor, values: Numbers): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => values[i * columns + j]));
const rows = ({ mine }: Told): number[][] => rowsOf(mine, mine.read());
const turned = (all: number[][]): number[][] => all[0].map((_, j) => all.map((row) => row[j]));
const allEqual = (all: number[][]): boolean => all.every((row) => near(row, all[0]));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const isZero = (values: Numbers, terms: number): boolean =>
  near(values, new Float64Array(values.length), terms);

/** How far mine is off, by row. */
const off = ({ mine, right }: Told): number[][] => {
  const y = right.read();
  return rowsOf(
    right,
    Float64Array.from(mine.read(), (value, i) => value - y[i]),
  );
};

/** Whether mine is right just where this holds. */
const rightWhere = (told: Told, where: (row: number, column: number) => boolean): boolean =>
  off(told).every((row, i) => row.every((value, j) => Math.abs(value) <= 1e-9 * told.terms === where(i, j)));

const indices = ({ one }: Told, name: string): Numbers => (one.given.get(name) as Tensor).read();
const isTarget =
  (told: Told) =>
  (row: number, column: number): boolean =>
    indices(told, "Yb")[row] === column;
const isMaximum =
  (told: Told) =>
  (row: number, column: number): boolean =>
    indices(told, "logit_argmax")[row] === column;

/** How often each row of the table was copied. */
const occurrences = (told: Told): number[] => {
  const counts = new Array<number>(told.one.sizes.vocab_size).fill(0);
  for (const token of Array.from(indices(told, "Xb"))) counts[token]++;
  return counts;
};

const FACTOR = String.raw`(.+?)(?=: |, |\.(?: |$))`;
const PATH = "(?:the )?`?(\\w+)`?";

type Check = (told: Told, ...groups: string[]) => boolean;

/** Wordings, and whether what they say is so. */
const CLAIMS: readonly (readonly [RegExp, Check])[] = [
  // The same factor everywhere
  [/every number of yours is (\d+) times too (large|small)/i, (told, k, way) => times(told, by(k, way))],
  [/^Every number of yours has the wrong sign/, (told) => times(told, -1)],
  [/^Every number of yours is too (?:large|small) by the factor (\S+\d)/, (told, k) => times(told, ratio(k))],
  [/is (\d+) here/, ({ one: { sizes } }, k) => [...Object.values(sizes), sizes.n - 1].includes(Number(k))],
  // Its own factor for each number, row or column
  [
    new RegExp(`of yours is off by (?:the factor )?(?!its mean)${FACTOR}`),
    (told, factor) => times(told, evaluate(told, `1 * ${expressionOf(factor)}`)),
  ],
  [
    /off by its mean times the sum of its `dbnraw`/,
    (told) => more(told, "bnmeani * dbnraw.sum(0, keepdim=True)"),
  ],
  // One of several paths or terms
  [new RegExp(`one through ${PATH} is missing`), (told, through) => path(told, through, 0)],
  [/the (direct) one, from .* is missing/, (told, through) => path(told, through, 0)],
  [new RegExp(`one through ${PATH} has the wrong sign`), (told, through) => path(told, through, -1)],
  [new RegExp(`one through ${PATH} is in yours twice`), (told, through) => path(told, through, 2)],
  [
    new RegExp(`one (?:through )?${PATH} is (\\d+) times too (large|small)`),
    (told, through, k, way) => path(told, through, by(k, way)),
  ],
  [
    /the (direct) one is (\d+) times too (large|small)/,
    (told, through, k, way) => path(told, through, by(k, way)),
  ],
  [
    new RegExp(
      `^Two.* are right; the one through ${PATH} is too (?:large|small) by the factor (\\d+/\\d+)(, squared)?`,
    ),
    (told, through, k, squared) => path(told, through, ratio(k) ** (squared ? 2 : 1)),
  ],
  [
    new RegExp(
      `^The path.* is right; the one through ${PATH} is too (?:large|small) by the factor (\\d+/\\d+)`,
    ),
    (told, through, k) => path(told, through, ratio(k)),
  ],
  [
    new RegExp(`one through ${PATH} each (?:number|row|column) is off by the factor ${FACTOR}`),
    (told, through, factor) => path(told, through, expressionOf(factor)),
  ],
  [/off by 2 · `bnmeani` · `dbndiff2`/, (told) => more(told, "2 * bnmeani * dbndiff2")],
  [
    new RegExp(`nothing in (?:the sum of )?the one through ${PATH}`),
    (told, through) => silent(told, through),
  ],
  [
    /^The term through the variance is right; the other two are too large by the factor (\d+\/\d+)/,
    (told, k) => more(told, `(${k} - 1) * (dhprebn_direct + dhprebn_mean)`),
  ],
  [
    /^The direct term is right; the other two have the wrong sign/,
    (told) => more(told, "-2 * (dhprebn_mean + dhprebn_var)"),
  ],
  // What it depends on
  [
    /^Yours (?:stays|would be) the same whatever (?!`slope`)|; it stays the same whatever|: nothing in it comes from the loss/,
    ({ mine, otherwise }) => !otherwise || near(mine.read(), otherwise.mine.read()),
  ],
  [
    /^Yours is `(\w+)`/,
    (told, name) => {
      const tensor = told.one.given.get(name) ?? told.one.standIns(1).get(name);
      return !told.own || near(told.mine.read(), (tensor as Tensor).read(), told.terms);
    },
  ],
  // Equal numbers, zeros, sums
  [/all (?:its )?rows (?:of yours )?are equal/i, (told) => told.mine.shape[0] > 1 && allEqual(rows(told))],
  [
    /all its columns are equal|all numbers in a row of yours are equal/,
    (told) => allEqual(turned(rows(told))),
  ],
  [/^Yours is 0 (?:but for rounding,|whatever)/, ({ mine, terms }) => isZero(mine.read(), terms)],
  [
    /adds up to 0 in this network|so yours is 0 but for rounding|it is 0 but for rounding/,
    ({ mine, terms, own }) => !own || isZero(mine.read(), terms),
  ],
  [
    /[Ee]ach of its rows adds up to (\d+)(?:\/(\d+))?/,
    (told, over, under) => rows(told).every((row) => near([sum(row)], [Number(over) / Number(under ?? 1)])),
  ],
  [/rows (?:of yours )?do not add up to 0/, (told) => rows(told).every((row) => Math.abs(sum(row)) > 1e-9)],
  [
    /columns of yours do not add up to 0/,
    (told) => turned(rows(told)).every((column) => Math.abs(sum(column)) > 1e-9),
  ],
  [
    /^The numbers of yours add up to the loss/,
    ({ mine, one }) => near([sum([...mine.read()])], (one.given.get("loss") as Tensor).read()),
  ],
  [/[Nn]o number of yours (?:is|can be) positive/, ({ mine }) => mine.read().every((value) => value <= 0)],
  [/^No number of yours is negative/, ({ mine }) => mine.read().every((value) => value >= 0)],
  [/no number of it is 0/, ({ mine }) => mine.read().every((value) => value !== 0)],
  [
    /^All (\d+) numbers of yours are −1\/(\d+)/,
    ({ mine }, count, n) =>
      mine.numel === Number(count) && mine.read().every((value) => value === -1 / Number(n)),
  ],
  [/^Every number of yours is too large by 1,/, (told) => more(told, "torch.ones_like(C)")],
  [/^Each number of yours has that of `C` added/, (told) => more(told, "1 * C")],
  [/All numbers in a row of yours are off by the same amount/, (told) => allEqual(turned(off(told)))],
  [/All numbers in a column of yours are off by the same amount/, (told) => allEqual(off(told))],
  // Shapes
  [
    /^The numbers are right, but yours/,
    ({ mine, right }) =>
      near(Float64Array.from(mine.read()).sort(), Float64Array.from(right.read()).sort()) &&
      mine.shape.join() !== right.shape.join(),
  ],
  [/its shape is \(([\d, ]+)\), and that/, ({ mine }, shape) => mine.shape.join(", ") === shape],
  [/that of `\w+` is \(([\d, ]+)\)/, ({ right }, shape) => right.shape.join(", ") === shape],
  [/^Yours has (\d+) numbers, one for each/, ({ mine }, count) => mine.numel === Number(count)],
  [/^Yours has (\d+) (?:rows|matrices), one/, ({ mine }, count) => mine.shape[0] === Number(count)],
  [/^Yours has (\d+) numbers per row/, ({ mine }, count) => mine.shape[1] === Number(count)],
  [/^Yours has one number per row/, ({ mine }) => mine.shape[1] === 1],
  [/; `\w+` has (\d+), (?:one for|and each)/, ({ right }, count) => right.numel === Number(count)],
  [/^Yours is a single number/, ({ mine }) => mine.numel === 1],
  // Right in some places
  [
    /ours is right everywhere but at the \d+ targets/,
    (told) => rightWhere(told, (row, column) => !isTarget(told)(row, column)),
  ],
  [
    /^Yours is right at the targets and 0 everywhere else/,
    (told) =>
      rightWhere(told, isTarget(told)) &&
      rows(told).every((row, i) => row.every((v, j) => v === 0 || isTarget(told)(i, j))),
  ],
  [/right only at each row's maximum/, (told) => rightWhere(told, isMaximum(told))],
  [
    /^Yours is right at each row's maximum and 0 everywhere else/,
    (told) =>
      rightWhere(told, isMaximum(told)) &&
      rows(told).every((row, i) => row.every((v, j) => v === 0 || isMaximum(told)(i, j))),
  ],
  [
    /each row's maximum gets 0|is 0 at each row's maximum/,
    (told) => rows(told).every((row, i) => row.every((value, j) => (value === 0) === isMaximum(told)(i, j))),
  ],
  [
    /everything else has the wrong sign|no number but the zeros has the right sign/,
    ({ mine, right }) => {
      const y = right.read();
      return mine.read().every((value, i) => value * y[i] <= 0);
    },
  ],
  [
    /only the rows of its characters are wrong/,
    (told) => {
      const counts = occurrences(told);
      return rightWhere(told, (row, column) => counts[row] === 0 || off(told)[row][column] === 0);
    },
  ],
  [
    /more than once.*; all other rows are right/,
    (told) => {
      const counts = occurrences(told);
      return off(told).every((row, i) => counts[i] > 1 || isZero(row, told.terms));
    },
  ],
];

/** The claims of a sentence that do not hold, and how many it makes. */
export function claimsOf(says: string, told: Told): { made: number; untrue: string[] } {
  const found = CLAIMS.flatMap(([wording, check]) => {
    const match = wording.exec(says);
    return match ? [{ text: match[0], holds: check(told, ...match.slice(1)) }] : [];
  });
  return { made: found.length, untrue: found.filter(({ holds }) => !holds).map(({ text }) => text) };
}
