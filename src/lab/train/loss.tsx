/** The loss over the steps: minibatches, smoothed, and on dev examples now and then. */
import { computed, useComputed, useSignal } from "@preact/signals";
import type { Line } from "../charts/chart.ts";
import { LineChart } from "../charts/line_chart.tsx";
import { joined } from "../charts/rows.ts";
import { overlays } from "../kept/compare.ts";
import { curves, devLosses, diverged, run, step } from "../state.ts";
import { beforeLosses } from "./next.ts";
import { eventsOf } from "./run_events.ts";
import { ScaleChoice } from "./scale.tsx";

const LOSS_LINES: readonly Line[] = [
  { label: "most", color: "--raw", width: 1, unnamed: true },
  { label: "minibatch", color: "--raw", width: 1 },
  { label: "smoothed", color: "--accent", width: 2 },
  { label: "dev", color: "--dev", points: true },
];

/** As text, so that nothing changes while they stay the same: the chart is made anew for other lines. */
const others = computed(() => JSON.stringify(overlays.value.map(({ line }) => line)));
const lines = computed<readonly Line[]>(() => [...LOSS_LINES, ...JSON.parse(others.value)]);

/** The current run's last step. */
const last = computed(() => {
  const ends = [curves.value.steps.at(-1), devLosses.value.steps.at(-1)].filter((step) => step !== undefined);
  return ends.length > 0 ? Math.max(...ends) : undefined;
});

export function Loss() {
  const log = useSignal(false);
  const data = useComputed(() => {
    const { steps, most, least, smoothed } = curves.value;
    const dev = devLosses.value;
    return joined(
      { steps, lines: [most, least, smoothed] },
      { steps: dev.steps, lines: [dev.rows.map(([loss]) => loss)] },
      ...overlays.value.map(({ table }) => table),
    );
  });
  return (
    <section class="wide" aria-labelledby="loss-heading">
      <div class="heading">
        <h2 id="loss-heading">Loss</h2>
        <ScaleChoice log={log} />
      </div>
      <LineChart
        label="Loss over the steps"
        lines={lines.value}
        data={data.value}
        axis="loss"
        height={300}
        events={run.value && eventsOf(run.value)}
        at={last.value}
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
