/** Our trainer, as `npm run train` uses it. Only it also draws and uploads every minibatch. */
import { openMachine, resolvePath, type TrainConfig, Trainer } from "../../../src/index.ts";
import { bundledData, configOf, type Problem } from "../problem.ts";
import type { Contender } from "./contender.ts";

export async function ours(variant: string, { sizes, lr }: Problem): Promise<Contender> {
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
