/** A value that is not finite: noticed within a submit, traced to its step and tensor, and the state before it kept. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import type { AnyArray } from "../../src/plan/contract.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { DivergenceError, firstNotFinite } from "../../src/train/divergence.ts";
import { uploadParameters } from "../../src/train/parameters.ts";
import { initialState, type TrainingState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { compileStepper } from "../../src/train/stepper.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeOnGpu } from "../support/device.ts";
import { dataset, tinyConfig } from "./data.ts";

const { train, vocabulary } = dataset;

async function diverge(machine: Machine, config: TrainConfig, state?: TrainingState) {
  const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size, state });
  let told = 0;
  const error = await trainer
    .run((first, losses) => {
      expect(first).toBe(told);
      expect(firstNotFinite(losses)).toBe(-1);
      told = first + losses.length;
    })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergenceError);
  // Every loss before the bad step was reported, and the trainer stands right before it.
  expect(told).toBe(trainer.step);
  return { trainer, error: error as DivergenceError };
}

/** One value of `tensor` becomes `value` in the step whose targets add up as those of step `at` do. */
function poisoned(tensor: string, value: number, isBad: (targets: AnyArray) => boolean): Machine {
  const cpu = cpuMachine();
  let bad = false;
  return {
    ...cpu,
    compile: async (plan) => {
      const calls = plan.calls.map((c) => {
        const formal = Object.keys(c.args).find(
          (f) => c.args[f] === tensor && c.op.bindings[f].access !== "read",
        );
        if (!formal) return c;
        const twin: typeof c.op.twin = (t, d) => {
          c.op.twin(t, d);
          if (bad) t[formal][1] = value;
        };
        return { ...c, op: { ...c.op, twin } };
      });
      const executable = await cpu.compile({ ...plan, calls });
      const run = executable.run.bind(executable);
      executable.run = (steps, fill, keep) =>
        run(
          steps,
          (inputs, step) => {
            fill(inputs, step);
            bad = isBad(inputs.Yb);
          },
          keep,
        );
      return executable;
    },
  };
}

/** The targets of a step, by the notebook's draws. */
async function targetsOf(step: number, config: TrainConfig): Promise<Uint32Array> {
  const trainer = await Trainer.create({
    machine: cpuMachine(),
    config,
    train,
    vocabulary: vocabulary.size,
  });
  await trainer.run(undefined, { until: step });
  return firstStep(trainer.sizes, trainer.state(), train).Yb;
}

describe("on the CPU", () => {
  const config = tinyConfig({ steps: 400, batch: 16, path: "fused" });
  const AT = 123;

  it.each([
    ["emb", Number.NaN],
    ["hprebn", Number.POSITIVE_INFINITY],
    ["dlogits", Number.NaN],
    ["dW2", Number.NEGATIVE_INFINITY],
    ["dC", Number.NaN],
  ])("names %s, where %s was planted, and the step", async (tensor, value) => {
    const targets = (await targetsOf(AT, config)).join();
    const { error, trainer } = await diverge(
      poisoned(tensor, value, (Yb) => Yb.join() === targets),
      config,
    );
    expect(error).toMatchObject({ step: AT, tensor });
    expect(error.message).toMatch(
      new RegExp(
        `^training diverged at step ${AT}: ${tensor} is the first tensor that is not finite \\(${value} at \\[[\\d,]+\\]\\); lower --lr \\(it is 0.1\\)$`,
      ),
    );
    // The state is that of an undisturbed run.
    const undisturbed = await Trainer.create({
      machine: cpuMachine(),
      config,
      train,
      vocabulary: vocabulary.size,
    });
    await undisturbed.run(undefined, { until: AT });
    expect(trainer.state()).toEqual(undisturbed.state());
  });

  it("notices parameters that go bad under a loss that does not", async () => {
    const { parameters, ...state } = initialState(config, vocabulary.size);
    const wild = { ...config, lr: 1e12, decay: 1e12, decayAt: 0 };
    // A gradient beyond 3.4e14 times this rate is beyond float32; the loss before the update is finite.
    const W2 = Float32Array.from(parameters.W2, (w) => w * 1e30);
    const { error } = await diverge(cpuMachine(), wild, { ...state, parameters: { ...parameters, W2 } });
    expect(error.step).toBe(0);
    expect(error.tensor).not.toBe("loss");
  });

  it("says that a device makes errors if the same steps go well the second time", async () => {
    const targets = (await targetsOf(AT, config)).join();
    let times = 0;
    const machine = poisoned("dW1", Number.NaN, (Yb) => Yb.join() === targets && times++ === 0);
    const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size });
    await expect(trainer.run()).rejects.toThrow(
      /^the steps before \d+ made loss NaN, but not when they ran again: this device makes errors/,
    );
    expect(trainer.step).toBeGreaterThan(AT);
    expect(PARAMETERS.every((n) => firstNotFinite(trainer.state().parameters[n]) < 0)).toBe(true);
  });
});

describe("a high learning rate, with the defaults", () => {
  const trained = async (given: Partial<TrainConfig>, steps: number) => {
    const config = trainConfig(given);
    const data = buildDataset(await loadBundledWords(), config);
    const trainer = await Trainer.create({ machine: cpuMachine(), config, data });
    let loss = 0;
    await trainer.run((_, losses) => (loss = losses[losses.length - 1]), { until: steps });
    return { loss, trainer };
  };

  it("diverges on the chunked path, which takes the logarithm of a probability that is 0", async () => {
    await expect(trained({ path: "chunked", lr: 10 }, 20)).rejects.toThrow(
      /^training diverged at step 5: logprobs is the first tensor that is not finite \(-Infinity/,
    );
  });

  it.each(["fused", "single"] as const)("does not diverge on the %s path, not even at 1e6", async (path) => {
    expect((await trained({ path, lr: 10 }, 30)).loss).toBeGreaterThan(10);
    const { loss, trainer } = await trained({ path, lr: 1e6 }, 30);
    expect(loss).toBeGreaterThan(1e6);
    expect(loss).toBeLessThan(1e8);
    expect(trainer.step).toBe(30);
  });
});

describeOnGpu("on a device", ({ device, name }) => {
  it.each(ALL_PATHS.filter((path) => path !== "chunked"))(
    "on the %s path the step is exact",
    async (path) => {
      const machine = gpuMachine(device, name);
      // Learns for ten steps, and is then thrown out of float32 by a rate that the command line would refuse.
      const config = { ...tinyConfig({ steps: 500, path }), decay: 1e39, decayAt: 0.02 };
      const { error, trainer } = await diverge(machine, config);
      expect(trainer.step).toBeGreaterThanOrEqual(10);
      expect(trainer.step).toBeLessThan(20);
      const lr = config.lr * config.decay;
      expect(error.message).toContain(`at step ${trainer.step}: ${error.tensor} is the first tensor`);
      expect(error.message.endsWith(`lower --lr (it is ${lr})`)).toBe(true);
      // Checked on the plan itself: from the state that was kept, the next step goes bad, and none before did.
      const state = trainer.state();
      for (const n of PARAMETERS) expect(firstNotFinite(state.parameters[n]), n).toBe(-1);
      const stepper = await compileStepper(machine, trainer.sizes, path);
      uploadParameters(stepper.executable, state.parameters);
      const { Xb, Yb } = firstStep(trainer.sizes, state, train);
      const { losses, parameters } = await stepper.run(1, (_, inputs) => {
        inputs.Xb.set(Xb);
        inputs.Yb.set(Yb);
        inputs.coefficients[0] = lr;
      });
      stepper.executable.close();
      expect([losses, ...PARAMETERS.map((n) => parameters[n])].some((v) => firstNotFinite(v) >= 0)).toBe(
        true,
      );
      trainer.close();
    },
  );
});
