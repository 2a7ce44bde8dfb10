/** The two rules by which a tensor is compared, in which element each is closest to failing, and by how much. */
import { unravel } from "../../plan/compare.ts";
import { MOST_ROUNDINGS } from "../../plan/rounding.ts";
import type { BoardRow, Inspection } from "./engine.ts";
import { rough, roundingsText } from "./numbers.ts";

export interface Rule {
  readonly name: string;
  readonly rule: string;
  readonly element: readonly number[];
  readonly off: number;
  readonly allowed: number;
  readonly verdict: string;
  readonly failed: boolean;
}

/** The verdict's rule once there is a verdict, and torch's. */
export function rulesOf({ shape, torch, got, want }: Inspection, row: BoardRow): Rule[] {
  const { worst, roundings, within } = row;
  const rules: Rule[] = [];
  if (typeof roundings === "number" && typeof worst.s === "number") {
    const allowed = MOST_ROUNDINGS * worst.s;
    rules.push({
      name: "Rounding, which decides",
      rule: `at most ${MOST_ROUNDINGS} roundings of ${rough(worst.s)} each`,
      element: worst.index,
      off: Math.abs(worst.got - worst.want),
      allowed,
      verdict: within
        ? `right: ${roundingsText(roundings)} roundings`
        : `wrong: ${roundingsText(roundings)} roundings`,
      failed: !within,
    });
  }
  const { rtol, atol, index, off, allowed } = torch;
  const failed = !(off <= allowed) && got[index] !== want[index];
  rules.push({
    name: "torch.allclose",
    rule: `at most ${rough(atol)} + ${rough(rtol)} · |want|`,
    element: unravel(index, shape),
    off,
    allowed,
    verdict: failed ? `not approximate: ${rough(off - allowed)} too far` : "approximate",
    failed,
  });
  return rules;
}
