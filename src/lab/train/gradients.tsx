/** How large the gradients and the updates of each parameter are. */
import { useComputed } from "@preact/signals";
import { PARAMETERS } from "../../model/tensors.ts";
import type { Line } from "../charts/chart.ts";
import { LineChart, Swatch } from "../charts/line_chart.tsx";
import { joined, type Rows } from "../charts/rows.ts";
import { probe, ratios, run, spreads } from "../state.ts";
import { Term } from "../terms/term.tsx";
import { eventsOf } from "./run_events.ts";
import type { Series } from "./series.ts";

const LINES: readonly Line[] = PARAMETERS.map((name, i) => ({
  label: name,
  color: `--series-${i}`,
  // Its gradient is nothing but rounding error.
  outlier: name === "b1",
}));
/** The lecture's advice for log10 of the update-to-parameter ratio. */
const ADVICE = -3;

export function Gradients() {
  const spread = useComputed(() => aligned(spreads.value));
  const ratio = useComputed(() => aligned(ratios.value));
  return (
    <section class="wide gradients" aria-labelledby="gradients-heading">
      <h2 id="gradients-heading">Gradients and updates</h2>
      <div>
        <h3>Updates</h3>
        <p class="hint">
          How large the updates are beside the parameters: log10 of <Term of="std">std</Term>(update) /
          std(parameter). Dashed: <Term of="ratio">−3</Term>, a thousandth, as part 3 of the lectures advises.
        </p>
        <LineChart
          label="log10 of the update-to-parameter ratio over the steps, a line per parameter"
          lines={LINES}
          data={ratio.value}
          axis="log10 of the ratio"
          height={210}
          digits={2}
          events={run.value && eventsOf(run.value)}
          mark={ADVICE}
          idle={[-4, -1]}
        />
      </div>
      <div>
        <h3>Gradients</h3>
        <p class="hint">
          How large the gradients are: log10 of std(gradient), over a <Term of="minibatch">minibatch</Term>{" "}
          that stays the same.
        </p>
        <LineChart
          label="log10 of the gradients' standard deviation over the steps, a line per parameter"
          lines={LINES}
          data={spread.value}
          axis="log10 of the std"
          height={210}
          digits={2}
          idle={[-4, -1]}
        />
      </div>
      <Table />
    </section>
  );
}

/** A column of the series per line. */
const aligned = ({ steps, rows }: Series): Rows =>
  joined({ steps, lines: PARAMETERS.map((_, i) => rows.map((row) => row[i])) });

function Table() {
  const reports = probe.value?.parameters;
  return (
    <section class="scroll" aria-label="Spread of every parameter">
      <table>
        <thead>
          <tr>
            <th scope="col">parameter</th>
            <th scope="col" class="number">
              std
            </th>
            <th scope="col" class="number">
              std of gradient
            </th>
            <th scope="col" class="number">
              update ratio
            </th>
          </tr>
        </thead>
        <tbody>
          {PARAMETERS.map((name, i) => (
            <tr key={name}>
              <th scope="row">
                <Swatch property={`--series-${i}`} /> <code>{name}</code>
              </th>
              <td class="number">{reports?.[i].values.toPrecision(3) ?? "–"}</td>
              <td class="number">{reports?.[i].gradient.toExponential(2) ?? "–"}</td>
              <td class="number">{reports?.[i].ratio.toFixed(2).replace("Infinity", "∞") ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">
        The gradient of <code>b1</code> is nothing but rounding error: BatchNorm subtracts the mean, and{" "}
        <code>b1</code> with it.
      </p>
    </section>
  );
}
