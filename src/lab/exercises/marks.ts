/** What stands at the lines of a text that has been judged. */
import { worthALook } from "../../exercises/looks.ts";
import type { Verdict } from "../../exercises/report.ts";
import type { Diagnostic } from "./editor/diagnostics.ts";
import type { Judged } from "./lines_judge.ts";
import { says } from "./says.ts";

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
    const message = says(row).join(" ");
    return row.line === null || message === ""
      ? []
      : [{ line: row.line, severity: SEVERITY[row.verdict], message }];
  });
  const looks = worthALook(shown, report).flatMap(({ at, message }): Diagnostic[] =>
    at ? [{ line: at.line, column: at.column, severity: "info", message }] : [],
  );
  return [...rows, ...looks];
}
