/** A device that is lost in the middle of training: it goes on with a new one, and ends with the same bits. */
import { expect, it, vi } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { describeOnGpu } from "../support/device.ts";
import { destroyAfter, fragileCpu, openFragile } from "../support/fragile.ts";
import { tinyConfig } from "./data.ts";
import { trainWhole, wholeRun } from "./whole.ts";

const config = (steps: number) => tinyConfig({ steps, lr: 0.2, path: "fused" });
/** Milliseconds: short submits, so that there are many to lose. */
const SUBMIT = { cpu: 0.1, gpu: 5 };

it("gives the same bits wherever it is lost, until the last name is drawn", async () => {
  const whole = (machine: Machine) => wholeRun(machine, config(250), SUBMIT.cpu);
  const undisturbed = await whole(cpuMachine());
  for (const seed of [1, 2]) {
    const generator = new TorchGenerator(seed);
    const machine = fragileCpu(() => generator.rand(1)[0] < 0.3);
    expect(await whole(machine)).toEqual(undisturbed);
    expect(machine.lost).toBeGreaterThan(5);
  }
});

describeOnGpu("training", () => {
  it("with a submit under way, and between two: the same bits, and it says so", async () => {
    const fragile = await openFragile();
    const undisturbed = await trainWhole(fragile.machine, config(150), { submit: SUBMIT.gpu });
    expect(fragile.losses).toEqual([]);
    destroyAfter(fragile, [3]);
    let submits = 0;
    const disturbed = await trainWhole(fragile.machine, config(150), {
      submit: SUBMIT.gpu,
      onLosses: () => {
        if (++submits === 6) fragile.machine.opened.device.destroy();
      },
    });
    expect(disturbed.losses).toEqual(undisturbed.losses);
    expect(disturbed.trainer.state()).toEqual(undisturbed.trainer.state());
    expect(fragile.losses).toHaveLength(2);
  });

  it("while the process sleeps until a submit is nearly done: the same bits", async () => {
    const fragile = await openFragile();
    // Its dispatches are long enough to be slept through.
    const long = { ...config(4000), path: "single" as const };
    const undisturbed = await trainWhole(fragile.machine, long);
    const waits = vi.spyOn(GPUBuffer.prototype, "mapAsync");
    const submit = GPUQueue.prototype.submit;
    let asleep = 0;
    vi.spyOn(GPUQueue.prototype, "submit").mockImplementation(function (this: GPUQueue, buffers) {
      submit.call(this, buffers);
      waits.mockClear();
      setTimeout(() => {
        if (waits.mock.calls.length === 0 && asleep++ === 0) fragile.machine.opened.device.destroy();
      }, 5);
      return undefined;
    });
    const disturbed = await trainWhole(fragile.machine, long);
    expect(asleep).toBeGreaterThan(0);
    expect(fragile.losses).toHaveLength(1);
    expect(disturbed.trainer.state()).toEqual(undisturbed.trainer.state());
    expect(disturbed.losses).toEqual(undisturbed.losses);
  });
});
