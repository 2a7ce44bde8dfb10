/** How many networks side by side a GPU takes, and how many keep it busy. */
import { gpuMachine } from "../../src/gpu/machine.ts";
import type { Effort } from "../../src/measure/sampling.ts";
import type { Shape } from "../../src/measure/shape.ts";
import { benchPopulations, type PopulationRow } from "../populations.ts";
import { digits } from "../table.ts";
import type { Sweep } from "./swept.ts";

/** A sample ends with bringing all weights to the host, which in training happens four times a second at most. */
const EFFORT: Effort = { samples: 5, sampleMs: 500, budgetMs: 12_000 };
const QUICK_EFFORT: Effort = { samples: 3, sampleMs: 20, budgetMs: 500 };

const SHAPES: readonly Shape[] = [
  { hidden: 64, batch: 32 },
  { hidden: 200, batch: 32 },
];

export async function sweepPopulations({ opened, dataset, quick, note, put }: Sweep): Promise<void> {
  const o = {
    machine: () => gpuMachine(opened.device, "", opened.kind),
    dataset,
    effort: quick ? QUICK_EFFORT : EFFORT,
    networks: quick ? [1, 4] : [1, 16, 64, 256, 1024],
    note,
    deadline: Number.POSITIVE_INFINITY,
  };
  const rows: PopulationRow[] = [];
  for (const shape of quick ? [{ hidden: 16, batch: 8 }] : SHAPES) {
    rows.push(...(await benchPopulations(o, [shape])));
    put({ found: rows.map(said), rows });
  }
}

const said = ({ hidden, batch, networks, timing, speedUp, status, reason }: PopulationRow): string =>
  `${hidden}x${batch}, ${networks}: ${
    timing && speedUp
      ? `${digits(timing.medianUs)} µs a network-step, ${digits(speedUp.median)} × one`
      : `${status}: ${reason}`
  }`;
