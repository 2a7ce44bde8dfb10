/** What the problem is made of, the file that contenders get, and the losses to expect. */
import { writeFileSync } from "node:fs";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset, type Dataset } from "../../src/data/examples.ts";
import { type TensorData, writeSafetensors } from "../../src/formats/safetensors.ts";
import { PARAMETERS, shapeOf } from "../../src/model/tensors.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { sizesOf, type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";

/** How many steps have their loss checked before anything is timed. */
export const CHECKED = 10;

/** The learning rate never decays, and the run never ends. */
export const configOf = (given: Partial<TrainConfig>): TrainConfig =>
  trainConfig({ ...given, steps: 1e9, decayAt: 1 });

export const bundledData = async (config: TrainConfig): Promise<Dataset> =>
  buildDataset(await loadBundledWords(), { context: config.context });

/** Networks that differ in their seeds; the first is that of the contenders that train one. */
export const configsOf = (config: TrainConfig, networks: number): TrainConfig[] =>
  Array.from({ length: networks }, (_, m) => (m === 0 ? config : { ...config, seed: m, bnSeed: m }));

/** Writes the file, with the minibatches that our trainer draws from the same seeds. Tensors have a leading axis of networks. */
export function writeProblem(file: string, configs: readonly TrainConfig[], data: Dataset): void {
  const [config] = configs;
  const sizes = sizesOf(config, data.vocabulary.size);
  const { batch: N, context: T } = sizes;
  const M = configs.length;
  const S = Math.max(CHECKED, Math.min(256, Math.floor(2 ** 21 / (M * N * T))));
  const X = new Uint32Array(M * S * N * T);
  const Y = new Uint32Array(M * S * N);
  const states = configs.map((each) => initialState(each, sizes.vocabulary));
  for (const [m, state] of states.entries()) {
    const generator = TorchGenerator.fromState(state.generator);
    for (let at = m * S; at < (m + 1) * S; at++)
      data.train.gather(generator.randint(data.train.length, N), X, Y, at * N * T, at * N);
  }
  const tensors: [string, TensorData][] = [
    ["Xb", { dtype: "I32", shape: [M, S, N, T], data: Int32Array.from(X) }],
    ["Yb", { dtype: "I32", shape: [M, S, N], data: Int32Array.from(Y) }],
    ...PARAMETERS.map((n): [string, TensorData] => [
      n,
      {
        dtype: "F32",
        shape: [M, ...shapeOf(n, sizes)],
        data: Float32Array.from(states.flatMap(({ parameters }) => Array.from(parameters[n]))),
      },
    ]),
  ];
  writeFileSync(file, writeSafetensors(new Map(tensors), { lr: String(config.lr) }));
}

/** The first losses of a network, from the chunked plan in float64 on the CPU, which is not one of the contenders. */
export async function expectedLosses(config: TrainConfig, data: Dataset): Promise<number[]> {
  const trainer = await Trainer.create({
    machine: cpuMachine("float64"),
    config: { ...config, path: "chunked" },
    train: data.train,
    vocabulary: data.vocabulary.size,
  });
  const losses: number[] = [];
  await trainer.run((_, some) => losses.push(...Array.from(some)), { until: CHECKED });
  trainer.close();
  return losses;
}
