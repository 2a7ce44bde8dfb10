/** How large the whole step's workgroup should be: the fewer rows an invocation owns, the more invocations there are. */
import { sgd } from "../../shaders/optimizers.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { targetOf } from "../../src/gpu/target.ts";
import {
  calibrate,
  type Effort,
  milliseconds,
  type Repeat,
  summarize,
  type Timing,
} from "../../src/measure/sampling.ts";
import type { Shape } from "../../src/measure/shape.ts";
import { layoutOf } from "../../src/model/single/layout.ts";
import { sizesOf, trainConfig } from "../../src/train/config.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { digits } from "../table.ts";
import type { Sweep } from "./swept.ts";

const EFFORT: Effort = { samples: 5, sampleMs: 60, budgetMs: 1500 };
const ROWS = [2, 4, 8, 16, 32];
const SHAPES: readonly Shape[] = [
  { hidden: 64, batch: 32 },
  { hidden: 128, batch: 32 },
  { hidden: 64, batch: 128 },
];
const QUICK_SHAPES: readonly Shape[] = [{ hidden: 12, batch: 16 }];

/** Steps whose losses are compared with the first variant's: these differ by the order of sums alone. */
const CHECKED = 20;
const TOLERANCE = 1e-3;

export interface StepRow extends Shape {
  /** Fewest that an invocation owns. */
  readonly rows: number;
  readonly invocations: number;
  readonly timing: Timing;
}

export async function sweepStep(s: Sweep): Promise<void> {
  const rows: StepRow[] = [];
  for (const shape of s.quick ? QUICK_SHAPES : SHAPES) {
    rows.push(...(await sweepShape(s, shape)));
    s.put({ found: bestOf(rows), rows });
  }
}

async function sweepShape({ opened, dataset, note }: Sweep, shape: Shape): Promise<StepRow[]> {
  const { device, kind } = opened;
  const config = trainConfig({ ...shape, path: "single", lr: 0.001, steps: 1e9, decayAt: 1 });
  const sizes = sizesOf(config, dataset.vocabulary.size);
  const variants = new Map<number, { rows: number; trainer: Trainer; run: Repeat; times: number[] }>();
  try {
    let want: number[] | undefined;
    for (const rows of ROWS) {
      // As a GPU has it, also on a software adapter.
      const target = { ...targetOf(device), lanes: 1, rows };
      const { layout } = layoutOf(sizes, sgd, target);
      const invocations = layout.rowBlocks * layout.owners;
      if (variants.has(invocations)) continue;
      note(`hidden ${shape.hidden}, batch ${shape.batch}, ${invocations} invocations`);
      const machine = gpuMachine(device, "", kind, target);
      const trainer = await Trainer.create({ machine, config, data: dataset });
      const run = (steps: number) => trainer.run(() => {}, { until: trainer.step + steps });
      variants.set(invocations, { rows, trainer, run, times: [] });
      const losses: number[] = [];
      await trainer.run((_, some) => losses.push(...Array.from(some)), { until: CHECKED });
      want ??= losses;
      const wrong = losses.findIndex((loss, i) => !(Math.abs(loss - want![i]) <= TOLERANCE));
      if (wrong >= 0)
        throw new Error(
          `with ${invocations} invocations the loss of step ${wrong} is ${losses[wrong]}, and not ${want[wrong]}`,
        );
    }
    const all = [...variants.values()];
    const { repeats } = await calibrate(all[0].run, EFFORT);
    // In turns, so that a drift of the machine's speed affects all alike; the first round warms up.
    for (let round = -1; round < EFFORT.samples; round++)
      for (const { run, times } of all) {
        const ms = await milliseconds(run, repeats);
        if (round >= 0) times.push(ms);
      }
    return [...variants].map(([invocations, { rows, times }]) => ({
      ...shape,
      rows,
      invocations,
      timing: summarize(times, repeats),
    }));
  } finally {
    for (const { trainer } of variants.values()) trainer.close();
  }
}

/** A line for each shape, the fastest first. */
export function bestOf(rows: readonly StepRow[]): string[] {
  const shapes = new Map<string, StepRow[]>();
  for (const row of rows) {
    const shape = `${row.hidden}x${row.batch}`;
    shapes.set(shape, [...(shapes.get(shape) ?? []), row]);
  }
  return [...shapes].map(([shape, all]) => {
    const sorted = all.toSorted((a, b) => a.timing.medianUs - b.timing.medianUs);
    const said = sorted.map(
      ({ rows: each, invocations, timing }) =>
        `${invocations} invocations (${each} rows) ${digits(timing.medianUs)} µs`,
    );
    return `${shape}: ${said.join(", ")}`;
  });
}
