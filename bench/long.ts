/**
 * Watches a long run: are a million steps as fast at the end as at the beginning, and does memory stay constant?
 *
 *     node --expose-gc --import tsx bench/long.ts --steps 1000000 --json bench/results/DATE-ADAPTER-long.json
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadBundledWords } from "../src/data/bundled.ts";
import { buildDataset } from "../src/data/examples.ts";
import { trainConfig } from "../src/train/config.ts";
import { type Backend, openMachine } from "../src/train/open.ts";
import { environment } from "./environment.ts";
import { type Sample, slopesOf, watchTraining } from "./watch.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "1000000" },
    samples: { type: "string", default: "100" },
    backend: { type: "string", default: "gpu" },
    json: { type: "string" },
  },
});
const steps = Number(values.steps);
const dataset = buildDataset(await loadBundledWords(), { context: 3 });
const machine = await openMachine(values.backend as Backend);
const config = trainConfig({ steps });
const about = environment(machine);
const samples: Sample[] = [];
await watchTraining({ machine, config, dataset, every: steps / Number(values.samples) }, (s) => {
  samples.push(s);
  process.stderr.write(
    `step ${s.step}: ${s.microseconds.toFixed(1)} µs a step, RSS ${(s.rss / 2 ** 20).toFixed(1)} MiB, heap ${(s.heap / 2 ** 20).toFixed(2)} MiB, device ${s.deviceBytes} bytes, loss ${s.loss.toFixed(4)}\n`,
  );
  // Each time, so that an interrupted run has a result too.
  const result = { environment: about, config, slopesPerMillionSteps: slopesOf(samples), samples };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
});
machine.close();
process.stdout.write(
  `${JSON.stringify({ environment: about, slopesPerMillionSteps: slopesOf(samples) }, null, 2)}\n`,
);
