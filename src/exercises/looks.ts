/** What a text has that is in no row of its verdict: lines that go wrong without being any gradient's, and what looks like a slip. */
import type { Note } from "./dialect/index.ts";
import type { Shown } from "./judge.ts";
import type { LinesReport, LinesRow } from "./report.ts";

/** All that is said of a row, in words. */
export const textsOf = ({ mistake, note, message }: LinesRow): string[] =>
  [message, mistake?.says ?? null, note].filter((text) => text !== null);

/** In the order of the lines, without what a row says already. */
export function worthALook(
  { errors, notes }: Pick<Shown, "errors" | "notes">,
  { rows }: LinesReport,
): Note[] {
  const isSaid = ({ at, message }: Note): boolean =>
    rows.some(
      (row) =>
        row.cell === at?.cell &&
        row.line === at?.line &&
        // A tensor of two names may be called by the other one in the row's message.
        (row.verdict === "error" || textsOf(row).some((text) => text.includes(message))),
    );
  // A line that lacks what an earlier one failed to make says nothing that the earlier one does not.
  return [...errors.filter(({ message }) => !/because line .* went wrong$/.test(message)), ...notes]
    .filter((look) => !isSaid(look))
    .sort((a, b) => (a.at?.cell ?? 0) - (b.at?.cell ?? 0) || (a.at?.line ?? 0) - (b.at?.line ?? 0));
}
