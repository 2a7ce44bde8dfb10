/** Training, evaluation and sampling on the CPU reference. */
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { DivergenceError, Trainer } from "../../src/train/trainer.ts";
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

it("ends at the first loss that is not finite, and names its step and rate", async () => {
  const trainer = await create({ lr: 1e12, decay: 1e12, decayAt: 0 });
  let seen = 0;
  const run = trainer.run((first, losses) => {
    seen = first + losses.length;
  });
  const error = await run.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergenceError);
  const [, step] =
    `${error}`.match(/the loss is \S+ at step (\d+): training diverged; lower --lr \(it is 1e\+24\)$/) ?? [];
  // The parameters of step 0 are sound, so its loss is: the first bad one comes after.
  expect(Number(step)).toBeGreaterThan(0);
  expect(Number(step)).toBeGreaterThanOrEqual(seen);
  expect(Number(step)).toBeLessThan(20);
  trainer.close();
});

it("lets others have a turn", async () => {
  const trainer = await create({ steps: 100_000 });
  let interrupted = false;
  setTimeout(() => {
    interrupted = true;
  }, 20);
  await trainer.run(undefined, { stopped: () => interrupted });
  expect(trainer.step).toBeLessThan(100_000);
  trainer.close();
});
