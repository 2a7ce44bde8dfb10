/** The loss over the steps: minibatches, smoothed, and on dev examples now and then. */
import { useComputed, useSignal } from "@preact/signals";
import type uPlot from "uplot";
import { type Line, LineChart } from "../charts/line_chart.tsx";
import { curves, devLosses } from "../state.ts";
import type { Series } from "./series.ts";

const LOSS_LINES: readonly Line[] = [
  { label: "most", color: "--raw", width: 1, unnamed: true },
  { label: "minibatch", color: "--raw", width: 1 },
  { label: "smoothed", color: "--accent", width: 2 },
  { label: "dev, up to 4,096 examples", color: "--dev", points: true },
];

export function Loss() {
  const log = useSignal(false);
  const data = useComputed((): uPlot.AlignedData => {
    const { steps, most, least, smoothed } = curves.value;
    return [steps, most, least, smoothed, placed(steps, devLosses.value)];
  });
  const last = curves.value.smoothed.at(-1);
  return (
    <section class="wide" aria-labelledby="loss-heading">
      <div class="heading">
        <h2 id="loss-heading">Loss</h2>
        <fieldset class="scale">
          <legend class="visually-hidden">Scale of the loss</legend>
          {[false, true].map((value) => (
            <label key={String(value)}>
              <input
                type="radio"
                name="scale"
                checked={log.value === value}
                onChange={() => {
                  log.value = value;
                }}
              />{" "}
              {value ? "log" : "linear"}
            </label>
          ))}
        </fieldset>
      </div>
      <LineChart
        label={last === undefined ? "Loss: no step yet" : `Loss over the steps, now ${last.toFixed(3)}`}
        lines={LOSS_LINES}
        data={data.value}
        height={280}
        idle={[2, 4]}
        empty="Press Start: the loss appears here."
        log={log.value}
        band={[0, 1]}
      />
    </section>
  );
}

/** Places the points at the curve's nearest steps, because all lines of a chart share one list of steps. */
function placed(steps: Float64Array, { steps: at, rows }: Series): (number | null)[] {
  const points: (number | null)[] = Array(steps.length).fill(null);
  let i = 0;
  at.forEach((step, k) => {
    while (i + 1 < steps.length && steps[i + 1] <= step) i++;
    if (steps.length > 0) points[i] = rows[k][0];
  });
  return points;
}
