/** The losses of the networks over their steps: the mean in the band from the lowest to the highest, single networks, the chosen one. */
import { computed, useComputed, useSignal } from "@preact/signals";
import type { Line } from "../charts/chart.ts";
import { LineChart } from "../charts/line_chart.tsx";
import type { Rows } from "../charts/rows.ts";
import { population } from "../state.ts";
import { integer } from "../train/format.ts";
import { ScaleChoice } from "../train/scale.tsx";
import { bandOf } from "./history.ts";
import { chosen, curves, kind, rows, sound } from "./state.ts";

/** Single networks that are drawn: more are a mess, and slow to draw. */
const FAINT = 16;

/** Evenly from all over them. */
const faint = computed(() => {
  const n = population.value?.configs.length ?? 0;
  const shown = Math.min(n, FAINT);
  return Array.from({ length: shown }, (_, i) => Math.floor((i * n) / shown));
});

/** A mean over other learning rates says nothing. */
const withBand = computed(() => kind.value !== "range");

/** As text, so that nothing changes while they stay the same: the chart is made anew for other lines. */
const shape = computed(() =>
  JSON.stringify([
    withBand.value,
    faint.value.length,
    rows.value[chosen.value]?.label ?? "the chosen network",
  ]),
);
const lines = computed((): readonly Line[] => {
  const [band, single, label] = JSON.parse(shape.value) as [boolean, number, string];
  const edge = (label: string): Line => ({ label, color: "--band", width: 0, unnamed: true });
  return [
    ...(band ? [edge("highest"), { ...edge("lowest to highest"), unnamed: false }] : []),
    ...Array.from(
      { length: single },
      (_, i): Line => ({ label: `${i}`, color: "--faint", width: 1, unnamed: true }),
    ),
    ...(band ? [{ label: "mean", color: "--accent", width: 2 }] : []),
    { label, color: "--dev", width: 1.5 },
  ];
});

/** In a search the losses of rates that break would leave no room for the others. */
const ROOM = 1.25;

export function Curves() {
  const log = useSignal(false);
  const data = useComputed((): Rows => {
    const all = curves.value;
    const guessing = Math.log(population.value?.characters.length ?? 1);
    const most = withBand.value ? Number.POSITIVE_INFINITY : ROOM * guessing;
    const line = (values: Float64Array | undefined) =>
      Array.from(values ?? [], (v) => (v <= most ? v : null));
    const single = faint.value.map((member) => line(all.members[member]));
    const own = line(all.members[chosen.value]);
    if (!withBand.value) return [all.steps, ...single, own];
    const band = bandOf(
      all,
      sound.value.map(({ member }) => member),
    );
    return [all.steps, line(band.most), line(band.least), ...single, line(band.mean), own];
  });
  const [steps, ...values] = data.value;
  // Of the mean, or of the only network in a search that is always drawn.
  const last = values.at(withBand.value ? -2 : -1) as (number | null)[] | undefined;
  const n = population.value?.configs.length ?? 0;
  return (
    <section class="wide losses" aria-labelledby="losses-heading">
      <div class="heading">
        <h2 id="losses-heading">Loss</h2>
        <ScaleChoice log={log} />
      </div>
      <LineChart
        label="Losses over the steps"
        lines={lines.value}
        data={data.value}
        axis="loss"
        height={300}
        at={steps[last?.findLastIndex((v) => v !== null) ?? -1]}
        idle={[2, 4]}
        empty="The losses come here once the networks train."
        log={log.value}
        band={withBand.value ? [0, 1] : undefined}
      />
      <p class="hint">
        Every curve is smoothed over a fortieth of the steps.{" "}
        {withBand.value &&
          "The band reaches from the lowest to the highest of the networks that have come about as far as the first, without those that diverged. "}
        {n > FAINT && `${FAINT} of ${integer(n)} networks are drawn, and the chosen one. `}
        {!withBand.value && "Losses far above that of guessing are left out."}
      </p>
    </section>
  );
}
