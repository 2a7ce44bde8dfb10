/** The losses of two networks that train beside each other. */

import { useMemo } from "preact/hooks";
import type { Line } from "../charts/chart.ts";
import { LineChart } from "../charts/line_chart.tsx";
import { joined } from "../charts/rows.ts";
import type { Compared } from "./training.ts";

interface LossCurvesProps {
  readonly run: Pick<Compared<unknown>, "yours" | "right"> | undefined;
  /** What the other network has in the place of the reader's text. */
  readonly right: string;
}

export function LossCurves({ run, right }: LossCurvesProps) {
  // Other lines would be another plot.
  const lines = useMemo(
    (): readonly Line[] => [
      { label: right, color: "--series-2", width: 3 },
      { label: "with yours", color: "--accent", width: 1 },
    ],
    [right],
  );
  if (!run || run.right.length === 0) return null;
  const steps = run.right.map((_, i) => i + 1);
  const data = joined({ steps, lines: [run.right, run.yours] });
  return (
    <LineChart
      label={`Losses of both networks over ${run.right.length} steps`}
      lines={lines}
      data={data}
      axis="loss"
      height={220}
      idle={[2, 4]}
    />
  );
}
