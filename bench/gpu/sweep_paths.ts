/** Where the single path stops being the faster one: what `--path auto` goes by. */
import type { Effort } from "../../src/measure/sampling.ts";
import type { Shape } from "../../src/measure/shape.ts";
import { benchSteps, type StepRow } from "../../src/measure/steps.ts";
import { digits } from "../table.ts";
import type { Sweep } from "./swept.ts";

const EFFORT: Effort = { samples: 5, sampleMs: 60, budgetMs: 1500 };

/** Along each batch up to the widest hidden layer that one workgroup holds. */
const GRID: Readonly<Record<number, readonly number[]>> = {
  32: [64, 200, 300, 400, 512],
  64: [128, 192, 256],
  128: [64, 128],
  256: [32, 64],
};
const QUICK_GRID: typeof GRID = { 8: [16], 32: [64] };

export async function sweepPaths({ opened, dataset, quick, note, put }: Sweep): Promise<void> {
  const rows: StepRow[] = [];
  for (const [batch, all] of Object.entries(quick ? QUICK_GRID : GRID))
    for (const hidden of all) {
      const o = { opened, dataset, effort: EFFORT, note, deadline: Number.POSITIVE_INFINITY };
      rows.push(
        ...(await benchSteps({ ...o, paths: ["fused", "single"] }, [{ hidden, batch: Number(batch) }])),
      );
      put({ found: crossing(rows), rows });
    }
}

/** Each shape with how much faster single is, and those where it is not. */
export function crossing(rows: readonly StepRow[]): string[] {
  const at = (path: StepRow["path"], { hidden, batch }: Shape) =>
    rows.find((r) => r.path === path && r.hidden === hidden && r.batch === batch);
  const lost: string[] = [];
  const lines = rows
    .filter(({ path }) => path === "single")
    .map((single) => {
      const fused = at("fused", single);
      const shape = `${single.hidden}x${single.batch}`;
      if (!(single.timing && fused?.timing)) return `${shape}: ${single.reason ?? fused?.reason}`;
      const [s, f] = [single.timing.medianUs, fused.timing.medianUs];
      if (s > f) lost.push(shape);
      return `${shape}: single ${digits(s)} µs, fused ${digits(f)} µs, ${digits(f / s)} × as fast`;
    });
  return [...lines, lost.length > 0 ? `fused is faster at ${lost.join(", ")}` : "fused is faster nowhere"];
}
