/** 200 steps of a path: implementations must agree on these losses to the last bit, on one driver and at one target. */
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import type { AnyPath } from "../../src/model/plans.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { trainConfig } from "../../src/train/config.ts";
import { Trainer } from "../../src/train/trainer.ts";

/** Sizes of the fixture `saturated`, so that a software device compiles the kernels of both but once. */
const config = trainConfig({ context: 3, embedding: 10, hidden: 24, batch: 16, steps: 200 });
const letters = "abcdefghijklmnopqrstuvwxyz";
const list = Array.from({ length: 300 }, (_, i) =>
  Array.from({ length: 3 + (i % 5) }, (_, j) => letters[(i * (j + 1) + j * j) % letters.length]).join(""),
);
const { train, vocabulary } = buildDataset(parseWords(new TextEncoder().encode(list.join("\n")), "a list"), {
  context: config.context,
});

/** The loss of every step. */
export async function lossesOf(
  machine: Machine,
  path: AnyPath,
  onSubmit: () => void = () => {},
): Promise<number[]> {
  const trainer = await Trainer.create({
    machine,
    config: { ...config, path },
    train,
    vocabulary: vocabulary.size,
  });
  const all: number[] = [];
  await trainer.run((_, losses) => {
    all.push(...Array.from(losses));
    onSubmit();
  });
  trainer.close();
  return all;
}
