/** Verdicts in words and signs, and the sentence that goes with one. */
import type { Verdict } from "../../exercises/report.ts";
import { says } from "./says.ts";
import type { Row } from "./state.ts";

export interface Mark {
  /** Says the same as the words, to be seen at a glance. */
  readonly sign: string;
  readonly words: string;
  /** `quiet` is for what is not there yet, and for a line that is still being typed. */
  readonly tone: "good" | "half" | "wrong" | "quiet";
}

export const MARKS: Readonly<Record<Verdict, Mark>> = {
  right: { sign: "✓", words: "right", tone: "good" },
  "right-in-itself": { sign: "◐", words: "right in itself", tone: "half" },
  "right-here": { sign: "◐", words: "right here", tone: "half" },
  wrong: { sign: "✗", words: "wrong", tone: "wrong" },
  error: { sign: "✗", words: "error", tone: "wrong" },
  missing: { sign: "○", words: "not yet", tone: "quiet" },
};

export const markOf = ({ verdict, notYet }: Pick<Row, "verdict" | "notYet">): Mark =>
  MARKS[notYet ? "missing" : verdict];

const ROUNDED = "It rounds in another order than the notebook's line, so the last digits may differ.";

/** What there is to say of a row, apart from its mark. */
export function sentencesOf(row: Row): readonly string[] {
  if (row.notYet) return [];
  return row.verdict === "right" && row.exact === false ? [...says(row), ROUNDED] : says(row);
}
