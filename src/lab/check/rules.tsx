/** The two rules by which a tensor is compared: the one that decides, and torch's; in which element each is closest to failing, and by how much. */
import { unravel } from "../../plan/compare.ts";
import { MOST_ROUNDINGS } from "../../plan/rounding.ts";
import type { BoardRow, Inspection } from "./engine.ts";
import { indexText, rough, roundingsText } from "./numbers.ts";

interface Rule {
  readonly name: string;
  readonly rule: string;
  readonly element: readonly number[];
  readonly off: number;
  readonly allowed: number;
  readonly verdict: string;
  readonly failed: boolean;
}

export function Rules({ inspection: i, row }: { inspection: Inspection; row: BoardRow }) {
  const rules = rulesOf(i, row);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="rules-frame" aria-label="The rules" tabIndex={0}>
      <table class="rules">
        <thead>
          <tr>
            <th scope="col">rule</th>
            <th scope="col">closest to failing</th>
            <th scope="col" class="number">
              |got − want|
            </th>
            <th scope="col" class="number">
              allowed
            </th>
            <th scope="col">so it is</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((r) => (
            <tr key={r.name} class={r.failed ? "failed" : ""}>
              <th scope="row">
                {r.name} <small>{r.rule}</small>
              </th>
              <td>{indexText(i.name, r.element)}</td>
              <td class="number">{rough(r.off)}</td>
              <td class="number">{rough(r.allowed)}</td>
              <td>{r.verdict}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
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
    verdict: failed ? `not approximate: ${rough(off / allowed)} times as much` : "approximate",
    failed,
  });
  return rules;
}
