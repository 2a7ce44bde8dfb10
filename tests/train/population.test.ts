/** Networks that train side by side: each ends as it does alone, whatever becomes of the others. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { LimitError } from "../../src/gpu/limits.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { Population } from "../../src/train/population.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeOnGpu } from "../support/device.ts";
import { fragileCpu } from "../support/fragile.ts";
import { dataset, tinyConfig, words } from "./data.ts";
import { adamw, different, each, type Given, side } from "./populations.ts";

/** The CPU twins in a machine that says it has dispatches to save, so that networks train together on it. */
const together = (machine: Machine = cpuMachine()): Machine => ({ ...machine, kind: "software" });

describe("each network of a population", () => {
  it("ends as it does alone, and one that diverges ends no other", async () => {
    const want = await each(cpuMachine(), different(adamw));
    const { results, told, population } = await side(together(), different(adamw));
    expect(results).toEqual(want);
    expect(told).toEqual([want[3].diverged]);
    expect(told[0]).toMatch(/^training diverged at step /);
    expect(population.members.map((m) => m.step)).toEqual([40, 40, 25, want[3].state.step, 40]);
    expect(population.rounds).toBe(1);
  });

  it("also if a step of all takes longer than a submit should", async () => {
    const { results } = await side(together(), different(adamw), { submit: 1e-6 }, [7, 8]);
    expect(results).toEqual(await each(cpuMachine(), different(adamw)));
  });

  it("has at most 255 others beside it on a processor", async () => {
    const configs = Array.from({ length: 300 }, (_, seed) => tinyConfig({ path: "single", seed }));
    const population = await Population.create({ machine: together(), configs, data: dataset });
    population.close();
    expect(population.rounds).toBe(2);
    expect(population.note).toBe(
      "300 networks at once are too many for a processor: rounds of 150, one after another",
    );
  });

  it("also if the device takes two at a time, which it says", async () => {
    const machine = together();
    const small: Machine = {
      ...machine,
      compile: async (plan) => {
        if ((plan.tensors.get("loss")?.shape[1] ?? 1) > 2) throw new LimitError("parameters need too much");
        return machine.compile(plan);
      },
    };
    const { results, population } = await side(small, different(adamw), {}, [10]);
    expect(results).toEqual(await each(cpuMachine(), different(adamw)));
    expect(population.rounds).toBe(3);
    expect(population.note).toBe("5 networks at once do not fit this device: rounds of 2, one after another");
  });

  it("also on a device that is lost again and again", async () => {
    const generator = new TorchGenerator(1);
    const machine = fragileCpu(() => generator.rand(1)[0] < 0.3);
    const { results } = await side(together(machine), different(adamw), { submit: 0.1 });
    expect(results).toEqual(await each(cpuMachine(), different(adamw)));
    expect(machine.lost).toBeGreaterThan(5);
  });

  it("also if it keeps its best weights", async () => {
    const configs = different({ ...adamw, keep: "best" });
    const { results } = await side(together(), configs, {}, [10]);
    expect(results).toEqual(await each(cpuMachine(), configs));
    expect(results[1].state.best?.step).toBeGreaterThan(0);
  });

  it("also on the CPU and on the fused path, one after another", async () => {
    const configs = different({ path: "fused" });
    const { results, population } = await side(cpuMachine(), configs, {}, [10]);
    expect(results).toEqual(await each(cpuMachine(), configs));
    expect(population.note).toContain("one network after another");
    expect((await side(together(), configs)).results).toEqual(results);
  });

  it("goes on from its state, and has the checkpoint that it has alone", async () => {
    const machine = together();
    const first = await Population.create({ machine, configs: different(adamw), data: dataset });
    await first.run(undefined, { until: 20 });
    const states = first.members.map((m) => m.state());
    await first.run();
    const { population } = await side(machine, different(adamw), { states });
    for (const m of [0, 1, 2, 4]) expect(population.members[m].state()).toEqual(first.members[m].state());
    const trainer = await Trainer.create({ machine, config: different(adamw)[0], data: dataset });
    await trainer.run();
    expect(await snapshot(machine, population.members[0], dataset, words)).toEqual(
      await snapshot(machine, trainer, dataset, words),
    );
  });
});

describe("a population is refused", () => {
  const machine = together();
  const create = (configs: TrainConfig[], o: Given = {}) =>
    Population.create({ machine, configs, data: dataset, ...o });
  it.each([
    [[], /there are no configurations; give a list/],
    [[tinyConfig(), tinyConfig({ hidden: 12 })], /network 1 has hidden 12, but network 0 has hidden 11/],
    [[tinyConfig(), tinyConfig({ momentum: 0.9 })], /network 1 has momentum 0.9, .* other kernels/],
    [[tinyConfig(), tinyConfig({ optimizer: "adamw" })], /network 1 has optimizer adamw/],
  ])("%#", async (configs, message) => {
    await expect(create(configs)).rejects.toThrow(message);
  });

  it("with more states than configurations, and a second run() meanwhile or after its end", async () => {
    const population = await create([tinyConfig({ steps: 3 }), tinyConfig({ steps: 3, seed: 7 })]);
    const first = population.run();
    await expect(population.run()).rejects.toThrow("the population runs already");
    await first;
    population.close();
    await expect(population.run()).rejects.toThrow("the population is closed");
    const states = population.members.map((m) => m.state());
    await expect(create([tinyConfig()], { states })).rejects.toThrow(
      "there are 2 states, but 1 configurations",
    );
  });
});

// Momentum and AdamW keep more for every network: population.nightly.ts.
describeOnGpu("on a device", ({ device, name }) => {
  it("each network ends as it does alone", async () => {
    const machine = gpuMachine(device, name, "software");
    expect((await side(machine, different())).results).toEqual(await each(machine, different()));
  });
});
