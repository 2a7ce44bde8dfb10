/** What has a state does one thing at a time, and says what was closed while what was going on. */
import { afterEach, expect, it } from "vitest";
import { stepPlan } from "../../src/model/plans.ts";
import { BusyError, ClosedError } from "../../src/plan/life.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { encodeCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset as data, tinyConfig, words } from "./data.ts";

const config = tinyConfig({ steps: 100, path: "fused" });
/** Its first submits have 1, 4 and 16 steps, so there is something to come between. */
const create = (machine: Machine, o = config) => Trainer.create({ machine, config: o, data });
/** How it ended, as `ClosedError: …`. */
const ending = (work: Promise<unknown>) => work.then(() => "it went well", String);

/** @param open a machine for each test, which closes it */
export function describeLife(open: () => Promise<Machine>): void {
  let machine: Machine;
  afterEach(() => machine.close());

  it("refuses a second run() while one goes on, which ends as if it had been alone", async () => {
    machine = await open();
    const [trainer, alone] = [await create(machine), await create(machine)];
    const first = trainer.run();
    await expect(trainer.run()).rejects.toThrow(
      new BusyError("the trainer runs already, at step 0 of 100; wait for that run() to end"),
    );
    let inside: Promise<string> | undefined;
    await first;
    await alone.run(() => (inside ??= ending(alone.run())));
    expect(await inside).toMatch(/^BusyError: the trainer runs already, at step \d+ of 100;/);
    expect(trainer.state()).toEqual(alone.state());
    // And then it may run again.
    await trainer.run(undefined, { until: 110 });
    expect(trainer.step).toBe(110);
  });

  it("saves, samples and evaluates while training goes on, each what it would have alone", async () => {
    machine = await open();
    const trainer = await create(machine);
    const drawn = await trainer.model();
    const all = async (t: Trainer) => {
      const [checkpoint, model, names, loss] = await Promise.all([
        snapshot(machine, t, data, words),
        t.model(),
        sampleNames(machine, drawn, { count: 3, seed: 1 }),
        evaluate(machine, drawn, data.dev),
      ]);
      return { bytes: encodeCheckpoint(checkpoint, new Date(0)), model, names, loss };
    };
    const beside: { step: number; all: ReturnType<typeof all> }[] = [];
    await trainer.run(() => {
      if (beside.length < 2) beside.push({ step: trainer.step, all: all(trainer) });
    });
    expect(beside).toHaveLength(2);
    for (const { step, all: got } of beside) {
      const alone = await create(machine);
      await alone.run(undefined, { until: step });
      expect(await got).toEqual(await all(alone));
    }
  });

  it("says that the trainer was closed while it ran", async () => {
    machine = await open();
    const trainer = await create(machine);
    const running = ending(trainer.run());
    trainer.close();
    expect(await running).toBe(
      "ClosedError: the trainer was closed while it ran, at step 0 of 100; close it when that has ended",
    );
    const { step } = trainer.state();
    expect(await ending(trainer.run())).toBe("ClosedError: the trainer is closed; make a new one");
    // Its state stays, and another one goes on from it.
    const next = await Trainer.create({ machine, config, data, state: trainer.state() });
    expect(next.step).toBe(step);
  });

  it("says so if it is closed between two submits", async () => {
    machine = await open();
    const trainer = await create(machine);
    expect(await ending(trainer.run(() => trainer.close()))).toMatch(
      /^ClosedError: the trainer was closed while it ran, at step [1-9]\d* of 100; close it when that has ended$/,
    );
  });

  it("says that the machine was closed while a trainer ran on it, and is closed from then on", async () => {
    machine = await open();
    const trainer = await create(machine);
    const model = await trainer.model();
    const running = ending(trainer.run());
    machine.close();
    const closed = `ClosedError: the machine ${machine.name}`;
    expect(await running).toBe(
      `${closed} was closed while a trainer ran, at step 0 of 100; close it when that has ended`,
    );
    const after = `${closed} is closed; make a new one`;
    expect(await ending(create(machine))).toBe(after);
    expect(await ending(trainer.model())).toBe(after);
    expect(await ending(evaluate(machine, model, data.dev))).toBe(after);
    expect(await ending(sampleNames(machine, model, data.vocabulary, { count: 1, seed: 1 }))).toBe(after);
    expect(await ending(trainer.run())).toBe(after);
  });

  it("says that it was closed while it was evaluated", async () => {
    machine = await open();
    const trainer = await create(machine);
    const model = await trainer.model();
    const evaluating = ending(evaluate(machine, model, data.train, () => machine.close()));
    expect(await evaluating).toBe(
      `ClosedError: the machine ${machine.name} was closed while plan evaluate ran; close it when that has ended`,
    );
  });

  it("a plan lets its runs and downloads wait for one another, and refuses what cannot wait", async () => {
    machine = await open();
    const { sizes } = await create(machine);
    const plan = stepPlan(sizes, "fused", { update: false });
    const executable = await machine.compile(plan);
    const parts = Object.fromEntries(
      [...plan.tensors].map(([n, t]) => [n, t.shape.reduce((a, b) => a * b, 1)]),
    );
    const b2 = new Float32Array(parts.b2).fill(1);
    executable.upload("b2", b2);
    const fill = (token: number) => (inputs: Record<string, { fill(x: number): void }>) => {
      inputs.Xb.fill(token);
      inputs.Yb.fill(token);
    };
    const pending = [
      executable.run(1, fill(0)),
      executable.download(["dlogits"]),
      executable.run(1, fill(1)),
      executable.download(["dlogits"]),
    ];
    expect(() => executable.upload("b2", b2)).toThrow(
      new BusyError("plan fused is at work: wait for its run() or download() before upload()"),
    );
    const [, first, , second] = await Promise.all(pending);
    expect(first.dlogits[0]).toBeLessThan(0);
    expect(second.dlogits[0]).toBeGreaterThan(0);
    executable.upload("b2", b2);

    const running = ending(executable.run(1, fill(0)));
    const waiting = ending(executable.download(["dlogits"]));
    executable.close();
    expect(await running).toBe(
      "ClosedError: plan fused was closed while it ran; close it when that has ended",
    );
    expect(await waiting).toBe(
      "ClosedError: plan fused was closed while it was read; close it when that has ended",
    );
    expect(() => executable.upload("b2", b2)).toThrow(new ClosedError("plan fused"));
    executable.close();
  });
}
