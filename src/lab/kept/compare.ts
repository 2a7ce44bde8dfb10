/** The runs whose curves lie over the current one's. */
import { computed, effect, signal } from "@preact/signals";
import type { Line } from "../charts/chart.ts";
import type { Table } from "../charts/rows.ts";
import { curvesOf } from "../keep.ts";
import { LossHistory } from "../train/history.ts";
import { current, kept } from "./state.ts";

/** A look for each run that can be chosen: whoever cannot tell the colours apart can tell the dashes. */
export const LOOKS: readonly Pick<Line, "color" | "dash">[] = [
  { color: "--run-0", dash: [8, 4] },
  { color: "--run-1", dash: [2, 3] },
  { color: "--run-2", dash: [14, 4, 2, 4] },
  { color: "--run-3", dash: [4, 2] },
];

/** A run's id for each of the {@link LOOKS}. */
const chosen = signal<readonly (string | undefined)[]>(LOOKS.map(() => undefined));

/** Of a curve, which is smooth: the chart draws all again several times a second. */
const MOST_POINTS = 512;

/** Curves as they were kept at a time. */
const loaded = signal<ReadonlyMap<string, { readonly savedAt: number; readonly table: Table }>>(new Map());

/** The look of a chosen run. */
export const lookOf = (id: string): (typeof LOOKS)[number] | undefined => LOOKS[chosen.value.indexOf(id)];

/** Whether one more can be chosen. */
export const room = computed(() => chosen.value.includes(undefined));

/** Chooses a run, or no longer. */
export function toggle(id: string): void {
  const at = chosen.value.indexOf(id);
  const to = at >= 0 ? at : chosen.value.indexOf(undefined);
  if (to >= 0) chosen.value = chosen.value.with(to, at >= 0 ? undefined : id);
}

// Those that other tabs have gone on with are read again, and those that were deleted are let go.
effect(() => {
  const runs = new Map(kept.value.map((run) => [run.id, run]));
  for (const id of chosen.value) {
    if (id === undefined) continue;
    const run = runs.get(id);
    if (!run) toggle(id);
    else if (loaded.peek().get(id)?.savedAt !== run.savedAt) void load(id, run.savedAt);
  }
});

async function load(id: string, savedAt: number): Promise<void> {
  const curves = await curvesOf(id).catch(() => undefined);
  if (!curves) return;
  const { steps, smoothed } = new LossHistory(curves.history).curves();
  const every = Math.ceil(steps.length / MOST_POINTS);
  const some = (_: number, i: number): boolean => i % every === 0 || i === steps.length - 1;
  const table = { steps: steps.filter(some), lines: [smoothed.filter(some)] };
  loaded.value = new Map(loaded.peek()).set(id, { savedAt, table });
}

export interface Overlay {
  readonly line: Line;
  readonly table: Table;
}

/** What lies over the current run's curves, which are not among it. */
export const overlays = computed<readonly Overlay[]>(() =>
  chosen.value.flatMap((id, i) => {
    const run = kept.value.find((r) => r.id === id);
    const { table } = loaded.value.get(id ?? "") ?? {};
    if (!run || !table || id === current.value) return [];
    const name = run.broken?.length ? `${run.name}, broken` : run.name;
    return [{ line: { label: `${name}:`, width: 2, ...LOOKS[i] }, table }];
  }),
);
