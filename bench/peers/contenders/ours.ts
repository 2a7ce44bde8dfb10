/** Our trainer, as `npm run train` uses it. Only it also draws and uploads every minibatch. */
import { resolvePath, type TrainConfig } from "../../../src/train/config.ts";
import { openMachine } from "../../../src/train/open.ts";
import { Population } from "../../../src/train/population.ts";
import { Trainer } from "../../../src/train/trainer.ts";
import { bundledData, configOf, configsOf } from "../given.ts";
import type { Problem } from "../problem.ts";
import type { Contender } from "./contender.ts";

export async function ours(variant: string, problem: Problem): Promise<Contender> {
  if (variant === "population") return population(problem);
  const { sizes, lr } = problem;
  const { hidden, batch } = sizes;
  const config = configOf({
    hidden,
    batch,
    lr,
    path: (variant === "cpu" ? "fused" : variant) as TrainConfig["path"],
  });
  const machine = await openMachine(variant === "cpu" ? "cpu" : "gpu");
  const { path, note } = resolvePath(config, sizes.vocabulary, machine.kind);
  if (path !== config.path) throw new Error(note);
  const data = await bundledData(config);
  const trainer = await Trainer.create({
    machine,
    config,
    train: data.train,
    vocabulary: data.vocabulary.size,
  });
  return {
    on: machine.name,
    async run(steps) {
      let last = Number.NaN;
      const keep = (_: number, losses: ArrayLike<number>) => {
        last = losses[losses.length - 1];
      };
      await trainer.run(keep, { until: trainer.step + steps });
      return last;
    },
  };
}

async function population({ networks, sizes, lr }: Problem): Promise<Contender> {
  const { hidden, batch } = sizes;
  const configs = configsOf(configOf({ hidden, batch, lr, path: "single" }), networks);
  const machine = await openMachine("gpu");
  const data = await bundledData(configs[0]);
  const all = await Population.create({ machine, configs, data });
  if (all.note) throw new Error(all.note);
  return {
    on: machine.name,
    async run(steps) {
      const last = new Array<number>(networks).fill(Number.NaN);
      const keep = (m: number, _: number, losses: ArrayLike<number>) => {
        last[m] = losses[losses.length - 1];
      };
      await all.run(keep, { until: all.members[0].step + steps });
      return last;
    },
  };
}
