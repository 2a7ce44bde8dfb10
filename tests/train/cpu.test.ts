/** Training, evaluation and sampling on the CPU reference. */
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeInference, describeTraining } from "./behaviour.ts";
import { dataset, tinyConfig } from "./data.ts";

const machine = cpuMachine();
describeTraining(machine, 1000);
describeInference(machine);

const create = (o: Parameters<typeof tinyConfig>[0]) =>
  Trainer.create({
    machine,
    config: tinyConfig(o),
    train: dataset.train,
    vocabulary: dataset.vocabulary.size,
  });

it("lets other tasks run in between", async () => {
  const trainer = await create({ steps: 100_000 });
  let interrupted = false;
  setTimeout(() => {
    interrupted = true;
  }, 20);
  await trainer.run(undefined, { stopped: () => interrupted });
  expect(trainer.step).toBeLessThan(100_000);
  trainer.close();
});
