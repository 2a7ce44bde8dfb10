/** Where the time of a step goes: a button, and a table of its dispatches or phases. */
import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import type { Profile } from "../../measure/profile.ts";
import type { TrainConfig } from "../../train/config.ts";
import { Explained, Term } from "../terms/term.tsx";
import { Head, Table } from "./measure_view.tsx";
import { figure, time } from "./measured.ts";

/** What is asked of the worker, and what the page knows. */
export interface ProfilingEngine {
  /** When it changes, the result is cleared. */
  readonly machine: ReadonlySignal<unknown>;
  /** The network that would train next, if its settings are right. */
  readonly setup: ReadonlySignal<{ readonly setup?: { readonly config: TrainConfig } }>;
  profile(config: TrainConfig, note: (doing: string) => void): Promise<Profile>;
  stopMeasuring(): Promise<void>;
}

export function ProfileStep({ engine }: { engine: ProfilingEngine }) {
  const doing = useSignal<string | undefined>(undefined);
  const result = useSignal<Profile | undefined>(undefined);
  const said = useSignal("");
  const failure = useSignal("");
  useSignalEffect(() => {
    void engine.machine.value;
    result.value = undefined;
    said.value = "";
  });
  const config = engine.setup.value.setup?.config;

  const start = async () => {
    if (!config) return;
    result.value = undefined;
    said.value = failure.value = "";
    doing.value = "…";
    try {
      result.value = await engine.profile(config, (what) => {
        doing.value = what;
      });
      said.value = "Done.";
    } catch (error) {
      const { name, message } = error as Error;
      if (name === "InterruptedError") said.value = "Stopped.";
      else failure.value = `${message[0].toUpperCase()}${message.slice(1)}.`;
    }
    doing.value = undefined;
  };

  return (
    <section class="measure" aria-labelledby="profile">
      <h2 id="profile">Where a step’s time goes</h2>
      <p>
        <Explained text="Each dispatch of a step of the network that is set in the Train tab, in its order; on the single path, which is one dispatch, its phases. It is compared with the CPU reference before it is timed. A run under way is paused." />
      </p>
      <p class="actions">
        {doing.value === undefined ? (
          <button type="button" disabled={!config} onClick={start}>
            Profile the step
          </button>
        ) : (
          <button type="button" onClick={() => void engine.stopMeasuring()}>
            Stop profiling
          </button>
        )}
        {config && (
          <span class="muted">
            hidden {config.hidden.toLocaleString("en")}, batch {config.batch.toLocaleString("en")}, path{" "}
            {config.path}
          </span>
        )}
      </p>
      <p role="status">{doing.value ? `Now: ${doing.value}` : said}</p>
      {failure.value && <p role="alert">{failure}</p>}
      {result.value && <Rows of={result.value} />}
    </section>
  );
}

function Rows({ of: p }: { of: Profile }) {
  const what = p.method === "phases" ? "phase" : "dispatch";
  return (
    <Table
      title={`The ${p.path} step, ${what} by ${what}`}
      says={`The sum is ${time(p.sumUs)}; a step among others takes ${time(p.passUs)}, and as in training, with upload and readback, ${time(p.stepUs)}. Bound by dispatch is what takes less than two empty dispatches of as many workgroups.`}
    >
      <Head
        words={[1, 7]}
        of={[
          what,
          "makes",
          <Term key="median" of="median">
            time
          </Term>,
          "share",
          "kB",
          "MFLOP",
          "of the roof",
          "bound by",
        ]}
      />
      <tbody>
        {p.profile.map((r, i) => (
          <tr key={String(i)}>
            <th scope="row">{r.pass ? `${r.op} (${r.pass})` : r.op}</th>
            <td>{r.makes.join(" ")}</td>
            <td class="number">{time(r.us)}</td>
            <td class="number">{figure(100 * r.share)} %</td>
            <td class="number">{figure(r.bytes / 1e3)}</td>
            <td class="number">{figure(r.flops / 1e6)}</td>
            <td class="number">{figure(100 * r.roofShare)} %</td>
            <td>{r.boundBy}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
