/** Shows the two rules by which a tensor is compared: the one that decides, and torch's. */
import type { BoardRow, Inspection } from "./engine.ts";
import { indexText, rough } from "./numbers.ts";
import { rulesOf } from "./rules.ts";

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
