/** Measures the device: a button, a progress bar, tables as they come, and the result to take along. */
import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { FloorRow } from "../../measure/floor.ts";
import type { Roof } from "../../measure/roof.ts";
import { Explained, Term } from "../terms/term.tsx";
import type { Measured, Measuring } from "./measure.ts";
import { figure, fileName, jsonOf, range, type Size, sizesOf, time } from "./measured.ts";

/** What is asked of the worker. */
export interface MeasuringEngine {
  /** When it changes, the results are cleared. */
  readonly machine: ReadonlySignal<unknown>;
  measure(onProgress: (progress: Measuring) => void): Promise<Measured>;
  stopMeasuring(): Promise<void>;
}

export function Measure({ engine }: { engine: MeasuringEngine }) {
  const progress = useSignal<Measuring | undefined>(undefined);
  const result = useSignal<Measured | undefined>(undefined);
  /** What is there of one that did not come to its end. */
  const left = useSignal<Partial<Measured>>({});
  const said = useSignal("");
  const failure = useSignal("");
  const stopping = useSignal(false);
  useSignalEffect(() => {
    void engine.machine.value;
    result.value = undefined;
    left.value = {};
    said.value = "";
  });

  const start = async () => {
    said.value = failure.value = "";
    result.value = undefined;
    left.value = {};
    stopping.value = false;
    progress.value = { share: 0, doing: "", found: {} };
    let found: Partial<Measured> = {};
    try {
      result.value = await engine.measure((now) => {
        progress.value = now;
        found = now.found;
      });
      said.value = `Done, in ${Math.round(result.value.seconds)} s.`;
    } catch (error) {
      const { name, message } = error as Error;
      if (name === "InterruptedError") said.value = "Stopped: the result is not complete.";
      else failure.value = `${message[0].toUpperCase()}${message.slice(1)}.`;
      left.value = name === "DeviceLostError" ? {} : found;
    }
    progress.value = undefined;
  };
  const stop = () => {
    stopping.value = true;
    void engine.stopMeasuring();
  };

  const now = progress.value;
  const shown = now?.found ?? result.value ?? left.value;
  return (
    <section class="measure" aria-labelledby="measure">
      <h2 id="measure">Measure this device</h2>
      <p>
        <Explained text="How fast a training step is here on each path, and how fast it could be. It takes a minute at most. Each step is compared with the CPU reference before it is timed. A run under way is paused, and the page may stutter meanwhile: a step of the largest network is one piece of work, and may take a second." />
      </p>
      <p class="actions">
        {now ? (
          <button type="button" disabled={stopping} onClick={stop}>
            Stop measuring
          </button>
        ) : (
          <button type="button" onClick={start}>
            Measure this device
          </button>
        )}
        <progress max={1} value={now?.share ?? (result.value ? 1 : 0)} aria-label="Share measured" />
      </p>
      <p role="status">
        {now ? `${stopping.value ? "Stopping after" : "Measuring"} ${now.doing || "…"}` : said}
      </p>
      {failure.value && <p role="alert">{failure}</p>}
      {shown.steps && <Steps sizes={sizesOf(shown.steps)} />}
      {shown.roof && <RoofTable roof={shown.roof} />}
      {shown.floor && <FloorTable rows={shown.floor} />}
      {result.value && <Take measured={result.value} />}
    </section>
  );
}

interface TableProps {
  readonly title: string;
  /** What its figures say. */
  readonly says: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Table({ title, says, children }: TableProps) {
  return (
    <>
      <h3>{title}</h3>
      <p>{says}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={title}>
        <table>{children}</table>
      </section>
    </>
  );
}

/** @param words the columns behind the first that hold words, and not numbers */
export const Head = ({ of, words = [] }: { of: readonly ComponentChildren[]; words?: readonly number[] }) => (
  <thead>
    <tr>
      {of.map((name, i) => (
        <th key={String(i)} scope="col" class={i > 0 && !words.includes(i) ? "number" : ""}>
          {name}
        </th>
      ))}
    </tr>
  </thead>
);

function Steps({ sizes }: { sizes: readonly Size[] }) {
  return (
    <Table
      title="A training step"
      says={sizes.map(({ title, says }) => (
        <>
          <Explained key={title} text={says} />
          <br />
        </>
      ))}
    >
      <Head
        of={[
          <Term key="path" of="path">
            path
          </Term>,
          <Term key="median" of="median">
            time
          </Term>,
          "lowest–highest",
          "examples a second",
          <Term key="dispatch" of="dispatch">
            dispatches
          </Term>,
          <Term key="compile" of="compiling">
            compiling
          </Term>,
        ]}
      />
      {sizes.map(({ title, rows }) => (
        <tbody key={title}>
          <tr>
            <th scope="rowgroup" colSpan={6}>
              {title}
            </th>
          </tr>
          {rows.map((row) => (
            <tr key={row.path} class={row.status === "wrong" ? "bad" : ""}>
              <th scope="row">{row.path === "cpu" ? "CPU" : row.path}</th>
              {row.timing ? (
                <>
                  <td class="number">{time(row.timing.medianUs)}</td>
                  <td class="number">{range(row.timing.minUs, row.timing.maxUs)}</td>
                  <td class="number">{figure(row.examplesPerSecond!)}</td>
                  <td class="number">{row.path === "cpu" ? "" : figure(row.dispatchesPerStep!)}</td>
                  <td class="number">{row.path === "cpu" ? "" : time(1000 * row.compileMs!)}</td>
                </>
              ) : (
                <td class="reason" colSpan={5}>
                  {row.status === "wrong" ? "wrong, and not timed" : "left out"}: {row.reason}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      ))}
    </Table>
  );
}

const RoofTable = ({ roof }: { roof: Roof }) => (
  <Table
    title="The roof"
    says={
      <>
        At best this device was seen to compute{" "}
        <Term of="flops">{`${figure(roof.peakGflopPerSecond)} GFLOP/s`}</Term> and to move{" "}
        <Term of="bandwidth">{`${figure(roof.bandwidthGbPerSecond)} GB/s`}</Term> of memory. No kernel is
        faster.
      </>
    }
  >
    <Head
      of={[
        "load",
        <Term key="median" of="median">
          rate
        </Term>,
        "lowest–highest",
      ]}
    />
    <tbody>
      {roof.rows.map(({ name, unit, median, low, high }) => (
        <tr key={name}>
          <th scope="row">
            <Explained text={name} />
          </th>
          <td class="number">
            {figure(median)} {unit}
          </td>
          <td class="number">
            {figure(low)}–{figure(high)}
          </td>
        </tr>
      ))}
    </tbody>
  </Table>
);

const FloorTable = ({ rows }: { rows: readonly FloorRow[] }) => (
  <Table
    title="The floor"
    says={
      <Explained text="What it costs to ask the device for nothing. No step takes less than its dispatches and its share of a submit cost empty." />
    }
  >
    <Head
      of={[
        "what",
        <Term key="median" of="median">
          time
        </Term>,
        "lowest–highest",
      ]}
    />
    <tbody>
      {rows.map(({ name, timing }) => (
        <tr key={name}>
          <th scope="row">
            <Explained text={name} />
          </th>
          <td class="number">{time(timing.medianUs)}</td>
          <td class="number">{range(timing.minUs, timing.maxUs)}</td>
        </tr>
      ))}
    </tbody>
  </Table>
);

function Take({ measured }: { measured: Measured }) {
  const said = useSignal("");
  const json = jsonOf(measured);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(json);
      said.value = "Copied.";
    } catch {
      // There is no clipboard on an insecure page or without the user's permission.
      said.value = "The browser did not allow it. Save it as a file instead.";
    }
  };
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
    link.download = fileName(measured);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  return (
    <>
      <h3>The result</h3>
      <p>
        All figures, with the browser and the adapter, as <code>npm run bench -- --json</code> writes them on
        the command line. Nothing is sent anywhere. Whoever has a real GPU can add the file to{" "}
        <code>bench/results</code> in a pull request.
      </p>
      <p class="actions">
        <button type="button" onClick={copy}>
          Copy as JSON
        </button>
        <button type="button" onClick={save}>
          Save as a file
        </button>
        <span role="status">{said}</span>
      </p>
    </>
  );
}
