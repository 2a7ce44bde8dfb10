/** What only a GPU can say, swept: `sweep.ts --only PART --json FILE`. */
import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import type { OpenedDevice } from "../../src/gpu/device.ts";
import { DEFAULTS } from "../../src/train/config.ts";
import { openMachine } from "../../src/train/open.ts";
import { environment } from "../environment.ts";
import { sweepKernels } from "./sweep_kernels.ts";
import { sweepPaths } from "./sweep_paths.ts";
import { sweepPopulations } from "./sweep_populations.ts";
import { sweepStep } from "./sweep_step.ts";
import type { Sweep, Swept } from "./swept.ts";

const PARTS: Readonly<Record<string, (s: Sweep) => Promise<void>>> = {
  auto: sweepPaths,
  populations: sweepPopulations,
  step: sweepStep,
  kernels: sweepKernels,
};

interface Options {
  readonly only: string;
  readonly quick: boolean;
  readonly json?: string;
}

const options = new Command("sweep")
  .addOption(new Option("--only <part>").choices(Object.keys(PARTS)).makeOptionMandatory())
  .option("--quick", "few sizes", false)
  .option("--json <file>", "write the rows to this file too")
  .parse()
  .opts<Options>();

const machine = await openMachine("gpu");
try {
  const about = environment(machine);
  let last: Swept = { found: [], rows: [] };
  await PARTS[options.only]({
    opened: machine.opened as OpenedDevice,
    dataset: buildDataset(await loadBundledWords(), { context: DEFAULTS.context }),
    quick: options.quick,
    note: (line) => void process.stderr.write(`${line}\n`),
    put: (swept) => {
      last = swept;
      if (options.json === undefined) return;
      writeFileSync(options.json, `${JSON.stringify({ environment: about, ...swept }, null, 1)}\n`);
    },
  });
  process.stdout.write(`${last.found.join("\n")}\n`);
} finally {
  machine.close();
}
