/** The loss over the steps: minibatches, smoothed, and on dev examples now and then. */
import { useComputed, useSignal } from "@preact/signals";
import type { Line } from "../charts/chart.ts";
import { LineChart } from "../charts/line_chart.tsx";
import { joined } from "../charts/rows.ts";
import { curves, devLosses, diverged, run, step } from "../state.ts";
import { decayOf } from "./decay.ts";
import { beforeLosses } from "./next.ts";

const LOSS_LINES: readonly Line[] = [
  { label: "most", color: "--raw", width: 1, unnamed: true },
  { label: "minibatch", color: "--raw", width: 1 },
  { label: "smoothed", color: "--accent", width: 2 },
  { label: "dev", color: "--dev", points: true },
];

export function Loss() {
  const log = useSignal(false);
  const data = useComputed(() => {
    const { steps, most, least, smoothed } = curves.value;
    const dev = devLosses.value;
    return joined(
      { steps, lines: [most, least, smoothed] },
      { steps: dev.steps, lines: [dev.rows.map(([loss]) => loss)] },
    );
  });
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
        label="Loss over the steps"
        lines={LOSS_LINES}
        data={data.value}
        axis="loss"
        height={300}
        event={run.value && decayOf(run.value.config)}
        idle={[2, 4]}
        empty={beforeLosses({
          step: step.value,
          steps: run.value?.config.steps ?? Number.POSITIVE_INFINITY,
          diverged: diverged.value,
        })}
        log={log.value}
        band={[0, 1]}
      />
    </section>
  );
}
