/** What there is to say of a verdict's row, in sentences. */
import { textsOf } from "../../exercises/looks.ts";
import type { LinesRow } from "../../exercises/report.ts";

const UNKNOWN = "No mistake that is known here gives these values. Compare them with the right ones.";

/** None for what is right and needs no note, and for what is missing. */
export function says(row: LinesRow): readonly string[] {
  if (row.verdict === "missing") return [];
  const texts = textsOf(row).map(asSentence);
  return texts.length > 0 || row.verdict === "right" ? texts : [UNKNOWN];
}

/** The judge's messages have no full stop, and begin in lower case where a terminal prints them behind their line. */
function asSentence(text: string): string {
  const begun = /^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
