/** Compares every kernel with its CPU twin on this device: a button, a progress bar, and a row for each kernel that is done. */
import { type Signal, useSignal } from "@preact/signals";
import { Explained, Term } from "../terms/term.tsx";
import { Breakable } from "./breakable.tsx";
import type { DeviceReport, SelfTestRow } from "./engine.ts";
import { percent } from "./report.ts";

interface Props {
  readonly kernels: DeviceReport["kernels"];
  readonly rows: Signal<readonly SelfTestRow[]>;
  run(onResult: (row: SelfTestRow) => void): Promise<void>;
}

export function SelfTest({ kernels, rows, run }: Props) {
  const running = useSignal(false);
  const failure = useSignal("");
  if (kernels.length === 0)
    return (
      <section class="self-test" aria-labelledby="self-test">
        <h2 id="self-test">Self-test</h2>
        <p>
          <Explained text="There are no kernels to test: the CPU reference does the computing, and kernels are tested against it." />
        </p>
      </section>
    );

  const start = async () => {
    running.value = true;
    failure.value = "";
    rows.value = [];
    try {
      await run((row) => {
        rows.value = [...rows.value, row];
      });
    } catch (error) {
      failure.value = (error as Error).message;
    }
    running.value = false;
  };
  const passed = rows.value.filter((row) => row.ok).length;
  return (
    <section class="self-test" aria-labelledby="self-test">
      <h2 id="self-test">Self-test</h2>
      <p>
        <Explained
          text={`Runs the kernels of all ${kernels.length} operations, plain and fast, at their test shapes and compares them with the CPU twins in float64. Outputs are filled with NaN first, and guard words follow every buffer. After a second with one operation, its remaining shapes are skipped.`}
        />
      </p>
      <p class="actions">
        <button type="button" disabled={running} onClick={start}>
          Test every kernel
        </button>
        <progress max={kernels.length} value={rows.value.length} aria-label="Kernels tested" />
      </p>
      <p role="status">
        {running.value && `Testing ${kernels[rows.value.length] ?? ""}…`}
        {!running.value && rows.value.length > 0 && verdict(passed, kernels.length)}
      </p>
      {failure.value && <p role="alert">The self-test stopped: {failure}</p>}
      {rows.value.length > 0 && <Rows rows={rows.value} />}
    </section>
  );
}

const verdict = (passed: number, all: number): string =>
  passed === all
    ? `All ${all} kernels agree with the CPU reference.`
    : `${passed} of ${all} kernels agree with the CPU reference.`;

function Rows({ rows }: { rows: readonly SelfTestRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Results of the self-test">
      <table>
        <thead>
          <tr>
            <th scope="col">kernel</th>
            <th scope="col">shapes</th>
            <th scope="col">
              <Term of="tolerance">tolerance</Term> used
            </th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.kernel} class={row.ok ? "" : "bad"}>
              <th scope="row">
                <Breakable name={row.kernel} />
              </th>
              <td>
                {row.cases} of {row.of}
              </td>
              <td>
                <meter
                  max={1}
                  high={0.8}
                  optimum={0}
                  value={row.used}
                  aria-label={`Share of the tolerance used by ${row.kernel}`}
                />{" "}
                {percent(row.used)}
              </td>
              <td>{row.ok ? "ok" : row.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
