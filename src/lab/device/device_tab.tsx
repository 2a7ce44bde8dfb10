/** The Device tab: what computes here and why, its self-test, its limits and features, and the same as text. */
import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import "./device.css";
import { Explained, Term } from "../terms/term.tsx";
import { Breakable } from "./breakable.tsx";
import type { DeviceReport, SelfTestRow } from "./engine.ts";
import { Measure, type MeasuringEngine } from "./measure_view.tsx";
import { NoWebGpu } from "./no_webgpu.tsx";
import { ProfileStep, type ProfilingEngine } from "./profile_view.tsx";
import { amount, reportText } from "./report.ts";
import { SelfTest } from "./self_test.tsx";

/** What the tab asks of the worker. */
export interface DeviceEngine extends MeasuringEngine, ProfilingEngine {
  /** When it changes, the machine is described again and the results of the self-test are cleared. */
  readonly machine: ReadonlySignal<unknown>;
  report(): Promise<DeviceReport>;
  selfTest(onResult: (row: SelfTestRow) => void): Promise<void>;
}

export function DeviceTab({ engine }: { engine: DeviceEngine }) {
  const report = useSignal<DeviceReport | undefined>(undefined);
  const failure = useSignal("");
  const rows = useSignal<readonly SelfTestRow[]>([]);
  useSignalEffect(() => {
    const described = engine.machine.value;
    const current = () => engine.machine.peek() === described;
    rows.value = [];
    engine.report().then(
      (r) => {
        if (!current()) return;
        report.value = r;
        failure.value = "";
      },
      (error: Error) => {
        if (current()) failure.value = error.message;
      },
    );
  });

  if (failure.value) return <p role="alert">The device could not be described: {failure}</p>;
  const r = report.value;
  if (!r) return <p role="status">Looking at the device…</p>;
  return (
    <div class="device">
      {r.absence && <NoWebGpu absence={r.absence} userAgent={navigator.userAgent} origin={location.origin} />}
      <Adapter r={r} />
      <SelfTest kernels={r.kernels} rows={rows} run={(onResult) => engine.selfTest(onResult)} />
      <Measure engine={engine} />
      {r.kind !== "cpu" && <ProfileStep engine={engine} />}
      {r.limits.length > 0 && <Limits limits={r.limits} />}
      {r.kind !== "cpu" && <Features r={r} />}
      <AsText text={reportText(r, rows.value, navigator.userAgent)} />
    </div>
  );
}

const KINDS: Readonly<Record<DeviceReport["kind"], string>> = {
  hardware: "hardware",
  software: "software: it computes on the processor, so expect it to be slow",
  cpu: "the operations' CPU twins, without a GPU",
};

const capital = (word: string): string => word[0].toUpperCase() + word.slice(1);

function Adapter({ r }: { r: DeviceReport }) {
  const rows: [string, string][] = [
    ["Computes on", r.name],
    ["Kind", KINDS[r.kind]],
    ...(r.why ? [["Why", r.why] as [string, string]] : []),
    ...Object.entries(r.info).map(([key, value]): [string, string] => [capital(key), value]),
    ...r.considered
      .filter((c) => c.verdict !== "chosen")
      .map((c): [string, string] => ["Considered", `${c.name}: ${c.verdict}`]),
  ];
  return (
    <section aria-labelledby="adapter-heading">
      <h2 id="adapter-heading">
        <Term of="adapter">Adapter</Term>
      </h2>
      <dl>
        {rows.map(([term, description]) => (
          <div key={`${term} ${description}`}>
            <dt>{term}</dt>
            <dd>
              <Explained text={description} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Limits({ limits }: { limits: DeviceReport["limits"] }) {
  return (
    <section class="limits" aria-labelledby="limits">
      <h2 id="limits">Limits</h2>
      <p>
        Compared with the most that exercise 4 needs (hidden 200, batch 32). A network that needs more than
        the device has is refused with a message.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Limits of the device">
        <table>
          <thead>
            <tr>
              <th scope="col">limit</th>
              <th scope="col" class="number">
                this device
              </th>
              <th scope="col" class="number">
                needed
              </th>
              <th scope="col">enough</th>
            </tr>
          </thead>
          <tbody>
            {limits.map((l) => (
              <tr key={l.name} class={l.value >= l.need ? "" : "bad"}>
                <th scope="row">
                  <Explained text={l.what} />{" "}
                  <code>
                    <Breakable name={l.name} />
                  </code>
                </th>
                <td class="number">{amount(l.value, l.unit)}</td>
                <td class="number">{amount(l.need, l.unit)}</td>
                <td>{l.value >= l.need ? "yes" : "no"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Features({ r }: { r: DeviceReport }) {
  const used = r.features.filter((f) => f.used).map((f) => f.name);
  const others = r.features.filter((f) => !f.used).map((f) => f.name);
  const lists = [
    ["In use", used],
    ["Also available", others],
    ["WGSL", r.language],
  ] as const;
  return (
    <details class="card">
      <summary>
        Features: {r.features.length} of the adapter, {r.language.length} of WGSL
      </summary>
      <dl>
        {lists.map(([term, names]) => (
          <div key={term}>
            <dt>{term === "WGSL" ? <Term of="wgsl">{term}</Term> : term}</dt>
            <dd>{names.length === 0 ? "none" : names.map((name) => <code key={name}>{name} </code>)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function AsText({ text }: { text: string }) {
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = "Copied.";
    } catch {
      // There is no clipboard on an insecure page or without the user's permission, but the text can be selected.
      said.value = "The browser did not allow it. Select the text below instead.";
    }
  };
  return (
    <section class="as-text" aria-labelledby="as-text">
      <h2 id="as-text">For a bug report</h2>
      <p class="actions">
        <button type="button" onClick={copy}>
          Copy the report
        </button>
        <span role="status">{said}</span>
      </p>
      <details>
        <summary>The report as text</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
        <pre tabIndex={0}>{text}</pre>
      </details>
    </section>
  );
}
