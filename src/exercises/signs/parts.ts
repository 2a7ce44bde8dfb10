/** Signs of a result of which only some rows, columns or elements are wrong. */
import { Tensor } from "../dialect/tensor.ts";
import { sameShape } from "../equal.ts";
import { type Find, type Numbers, type Seen, sign, wrongOnes } from "./seen.ts";

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

/** The rows or columns that have a wrong element, in order. */
function places(each: "row" | "column", wrong: readonly boolean[], inner: number): number[] {
  const found = new Set<number>();
  wrong.forEach((off, k) => {
    if (off) found.add(each === "row" ? Math.floor(k / inner) : k % inner);
  });
  return [...found].sort((a, b) => a - b);
}

export const someWrong: Find = (_, seen) => {
  if (!seen.every(({ mine, right }) => sameShape(mine, right) && right.ndim >= 2 && right.shape[0] > 1))
    return null;
  const wrong = seen.map(wrongOnes);
  const inner = seen.map(({ right }) => right.numel / right.shape[0]);
  for (const { id, of, says, all } of PARTS) {
    const fits = seen.every((one, i) => {
      const inside = of(one);
      return inside && wrong[i].every((off, k) => !off || inside(Math.floor(k / inner[i]), k % inner[i]));
    });
    if (!fits) continue;
    const allRows = seen.every(
      ({ right }, i) => places("row", wrong[i], inner[i]).length === right.shape[0] - 1,
    );
    if (!all || allRows) return sign(id, says);
  }
  for (const each of ["row", "column"] as const) {
    const off = seen.map((_, i) => places(each, wrong[i], inner[i]));
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
