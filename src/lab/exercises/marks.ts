/** What stands at the lines of a text that has been judged. */
import { textsOf, worthALook } from "../../exercises/looks.ts";
import type { LinesRow, Verdict } from "../../exercises/report.ts";
import type { Diagnostic } from "./editor/diagnostics.ts";
import type { Judged } from "./lines_judge.ts";

const SEVERITY: Readonly<Record<Verdict, Diagnostic["severity"]>> = {
  error: "error",
  wrong: "warning",
  "right-here": "warning",
  "right-in-itself": "info",
  right: "info",
  missing: "info",
};

export function marksOf({ report, shown }: Judged): Diagnostic[] {
  const rows = report.rows.flatMap((row) => {
    const message = sentence(row);
    return row.line === null || message === ""
      ? []
      : [{ line: row.line, severity: SEVERITY[row.verdict], message }];
  });
  const looks = worthALook(shown, report).flatMap(({ at, message }): Diagnostic[] =>
    at ? [{ line: at.line, column: at.column, severity: "info", message }] : [],
  );
  return [...rows, ...looks];
}

/** What is to be said about a row; nothing if it is right and that is all. */
function sentence(row: LinesRow): string {
  const texts = textsOf(row).join(" ");
  return texts === "" && row.verdict !== "right" ? "no known mistake gives these values" : texts;
}
