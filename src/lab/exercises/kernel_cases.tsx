/** The sizes that a kernel was judged on, and where it was furthest off in each. */
import type { KernelRow } from "../../exercises/kernels/report.ts";
import type { JudgedKernel } from "./kernel_judge.ts";
import { sizesOf } from "./kernel_words.ts";

interface CasesProps {
  readonly judged: JudgedKernel | undefined;
  /** Whether the text has changed since. */
  readonly old: boolean;
}

export function KernelCases({ judged, old }: CasesProps) {
  const cases = judged?.report.cases ?? [];
  return (
    <section class="kernel-cases" aria-labelledby="cases-heading">
      <h2 id="cases-heading">Cases</h2>
      {cases.length > 0 ? (
        <Table cases={cases} old={old} />
      ) : (
        <p class="muted">
          {judged
            ? "No case was judged."
            : "Check runs your kernel twice at each of a few sizes, on random numbers and with memory around its outputs that it must not touch. Each gets a row here, with the element that is furthest off."}
        </p>
      )}
    </section>
  );
}

function Table({ cases, old }: { cases: readonly KernelRow[]; old: boolean }) {
  const off = cases.some(({ worst }) => worst);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="cmp-rows" aria-label="The cases" tabIndex={0}>
      <table class={old ? "cmp old" : "cmp"}>
        <thead>
          <tr>
            <th scope="col">sizes</th>
            <th scope="col">verdict</th>
            {off && (
              <>
                <th scope="col">furthest off</th>
                <th scope="col" class="number">
                  got
                </th>
                <th scope="col" class="number">
                  want
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {cases.map((row) => (
            <tr key={sizesOf(row)} class={row.ok ? "good" : "wrong"}>
              <th scope="row">{sizesOf(row)}</th>
              <td class="verdict">
                <span aria-hidden="true">{row.ok ? "✓" : "✗"}</span> {row.ok ? "right" : "wrong"}
              </td>
              {off && (
                <>
                  <td class="mono">{row.worst ? `${row.worst.binding}[${row.worst.index}]` : "–"}</td>
                  <td class="number">{shown(row, "got")}</td>
                  <td class="number">{shown(row, "want")}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function shown({ worst }: KernelRow, which: "got" | "want"): string {
  if (!worst) return "";
  const x = worst[which];
  return x === null ? "no number" : Number(x.toPrecision(4)).toString().replace("-", "−");
}
