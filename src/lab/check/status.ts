/** A row's verdict on its tensor, in words and as a symbol. */
import type { Board, BoardRow } from "./engine.ts";
import type { Verdict } from "./judge.ts";
import { roundingsText } from "./numbers.ts";

/** Whether rounding explains the row; `left` out if that cannot be judged, `pending` until it is. */
export type Status = "right" | "wrong" | "left" | "pending";

export const statusOf = ({ within }: BoardRow): Status =>
  within === undefined ? "pending" : within === null ? "left" : within ? "right" : "wrong";

export const SYMBOLS: Readonly<Record<Status, string>> = {
  right: "✓",
  wrong: "✗",
  left: "–",
  pending: "…",
};

/** The verdict in a cell. */
export function verdictText(row: BoardRow, { unjudged }: Board): string {
  const status = statusOf(row);
  if (status === "pending") return unjudged === undefined ? SYMBOLS.pending : `${SYMBOLS.left} not judged`;
  if (status === "left") return `${SYMBOLS.left} left out`;
  return `${SYMBOLS[status]} ${roundingsText(row.roundings!)}`;
}

/** The board with its verdict. */
export function withVerdict(board: Board, verdict: Verdict): Board {
  const judged = new Map(verdict.rows.map((row) => [row.name, row]));
  const rows = (some: readonly BoardRow[]) => some.map((row) => judged.get(row.name) ?? row);
  return { ...board, gradients: rows(board.gradients), forward: rows(board.forward), verdict };
}

/** Says in a line what the board found. */
export function summary({ at, gradients, forward, machine, loss, verdict, unjudged }: Board): string {
  const weights = at === 0 ? "the initial weights" : `the weights after step ${at.toLocaleString("en")}`;
  const shown = Number.isFinite(loss) ? loss.toFixed(4) : String(loss);
  const run = `${machine} against float64 on the CPU, with ${weights}; loss ${shown}.`;
  const exact = gradients.filter((r) => r.exact).length;
  const approximate = gradients.filter((r) => r.approximate).length;
  const plain = `${approximate} of ${gradients.length} gradients are approximate, ${exact} exact`;
  if (unjudged !== undefined) return `${SYMBOLS.left} No verdict: ${unjudged}. ${plain}: ${run}`;
  if (!verdict) return `${SYMBOLS.pending} ${plain}; the verdict is being computed: ${run}`;

  const wrong = [...forward, ...gradients].filter((r) => r.within === false).map((r) => r.name);
  const judged = gradients.filter((r) => r.within !== null).length;
  if (wrong.length > 0)
    return `${SYMBOLS.wrong} ${wrong.length === 1 ? "One tensor is" : `${wrong.length} tensors are`} wrong, ${wrong.join(", ")}: ${run}`;
  if (judged === 0) return `${SYMBOLS.left} No gradient can be judged: ${run}`;
  if (judged < gradients.length)
    return `${SYMBOLS.right} ${judged} of ${gradients.length} gradients can be judged, and ${judged === 1 ? "is" : "are"} right: ${run}`;
  const refused = gradients.length - approximate;
  const remark =
    refused > 0
      ? `though torch.allclose refuses ${refused} of them`
      : `${exact === 0 ? "none" : exact} of them exact`;
  return `${SYMBOLS.right} All ${judged} gradients are right, ${remark}: ${run}`;
}

/** `Judged: the chunked step's 44 operations, 44 plain kernels.` */
export function judgedText({ level, operations, backend, machine }: Board): string {
  if (level === "single") {
    const by = backend === "gpu" ? "one fast kernel" : "its CPU twin";
    return `Judged: the whole step as one operation, run by ${by} on ${machine}`;
  }
  const fast = operations.filter((o) => o.rung === "fast").length;
  const plain = operations.length - fast;
  const kinds = [plain > 0 && `${plain} plain`, fast > 0 && `${fast} fast`].filter(Boolean).join(" and ");
  const by = backend === "gpu" ? `${kinds} kernels` : "their CPU twins";
  return `Judged: the ${level} step's ${operations.length} operations, run by ${by} on ${machine}`;
}
