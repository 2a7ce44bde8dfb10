/** A notebook as one text, to be edited and judged: the cells that its gradients depend on. */
import type { Source } from "../../exercises/files.ts";
import { Judgement } from "../../exercises/judge.ts";

/**
 * The cells of a notebook that its gradients depend on, each under its number; a file without cells as it is. Undefined if nothing in it
 * makes a gradient.
 */
export function notebookText(source: Source): string | undefined {
  const judgement = new Judgement(source);
  if (judgement.report.rows.length === 0) return undefined;
  if (typeof source === "string") return source;
  const concerned = judgement.cells;
  return source
    .flatMap((cell, i) => (concerned.has(i + 1) ? [`# cell ${i + 1}\n${asLines(cell)}\n`] : []))
    .join("\n");
}

/** A cell's magic (`%%time`) means something only at the head of a cell. */
const asLines = (cell: string): string =>
  cell
    .replace(/\r\n?/g, "\n")
    .replace(/^\s*\n/, "")
    .replace(/^[ \t]*%%/, "# %%")
    .trimEnd();
