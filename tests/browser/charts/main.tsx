/** A page with nothing but a chart of losses, a button before it and one behind. The tests set its data. */
import { signal } from "@preact/signals";
import { render } from "preact";
import type { Chart, Line } from "../../../src/lab/charts/chart.ts";
import { LineChart } from "../../../src/lab/charts/line_chart.tsx";
import { joined, type Table } from "../../../src/lab/charts/rows.ts";
import "../../../src/lab/style.css";
import "../../../src/lab/train/train.css";

const LINES: readonly Line[] = [
  { label: "most", color: "--raw", width: 1, unnamed: true },
  { label: "minibatch", color: "--raw", width: 1 },
  { label: "smoothed", color: "--accent", width: 2 },
  { label: "dev", color: "--dev", points: true },
];

export interface Shown extends Partial<Pick<Chart, "log" | "events">> {
  /** The curves: the most, the least and the smoothed loss; then the points. */
  readonly tables: readonly Table[];
}

const shown = signal<Shown>({ tables: [] });

const Page = () => {
  const { tables, ...chart } = shown.value;
  const empty = [
    { steps: [], lines: [[], [], []] },
    { steps: [], lines: [[]] },
  ];
  return (
    <>
      <h1>A chart</h1>
      <button type="button">Before</button>
      <LineChart
        label="Loss"
        lines={LINES}
        band={[0, 1]}
        axis="loss"
        height={300}
        idle={[2, 4]}
        empty="Nothing yet."
        {...chart}
        data={joined(...(tables.length > 0 ? tables : empty))}
      />
      <button type="button">Behind</button>
    </>
  );
};

const page = {
  show(what: Shown): void {
    shown.value = what;
  },
};
export type ChartPage = typeof page;
Object.assign(window, { page });
render(<Page />, document.getElementById("page")!);
