/** A machine that outlives its device, on a plan of one operation. */
import { describe, expect, it, vi } from "vitest";
import { DeviceLostError, describeLoss } from "../../src/gpu/lasting.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { reduce } from "../../src/ops/index.ts";
import type { Executable } from "../../src/plan/executable.ts";
import { type Machine, withPlan } from "../../src/plan/machine.ts";
import { bindPlan, call, type Tensor } from "../../src/plan/plan.ts";
import { describeOnGpu, openTestDevice } from "../support/device.ts";
import { openFragile } from "../support/fragile.ts";

const tensors: Tensor[] = [
  { name: "x", shape: [3, 2], symbols: ["N", "H"], type: "f32", role: "state" },
  { name: "y", shape: [2], symbols: ["H"], type: "f32", role: "state" },
];
const plan = bindPlan("sum", tensors, [call(reduce.sumBatch, { x: "x", y: "y" })]);
const work = async (executable: Executable) => {
  executable.upload("x", [1, 10, 2, 20, 3, 30]);
  await executable.run(1, () => {});
  return Array.from((await executable.download(["y"])).y);
};
const told = (work: Promise<unknown>) => work.then(() => "it went well", String);
const sum = (machine: Machine) => withPlan(machine, plan, work);

describeOnGpu("a machine whose device is lost", () => {
  it("repeats the interrupted work on a new one, and says so", async () => {
    const { machine, losses } = await openFragile();
    let tries = 0;
    const result = await withPlan(machine, plan, async (executable) => {
      const under = work(executable);
      if (++tries === 1) machine.opened.device.destroy();
      return under;
    });
    expect(result).toEqual([6, 60]);
    const { name } = machine;
    expect(losses).toEqual([{ reason: expect.stringMatching(/./), before: name, now: name }]);
  });

  it("opens a new one when it is next needed, once for all that wait for it", async () => {
    const { machine, losses } = await openFragile();
    machine.opened.device.destroy();
    expect(await Promise.all([1, 2, 3].map(() => sum(machine)))).toEqual([1, 2, 3].map(() => [6, 60]));
    expect(losses).toHaveLength(1);
  });

  it("compiles a plan again after a loss in another piece of work", async () => {
    const { machine, losses } = await openFragile();
    let kept: Executable | undefined;
    const use = () =>
      machine.survive(async () => {
        try {
          kept ??= await machine.compile(plan);
          return await work(kept);
        } catch (error) {
          kept = undefined;
          throw error;
        }
      });
    expect(await use()).toEqual([6, 60]);
    machine.opened.device.destroy();
    expect(await sum(machine)).toEqual([6, 60]);
    expect(await use()).toEqual([6, 60]);
    expect(losses).toHaveLength(1);
  });

  it("gives up work that loses the device again and again, with a line, and can do other work", async () => {
    const { machine, losses } = await openFragile();
    const spy = vi.spyOn(GPUQueue.prototype, "submit").mockImplementation(() => {
      machine.opened.device.destroy();
      return undefined;
    });
    const error = await sum(machine).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect((error as Error).message).toMatch(
      /^the device was lost 4 times in a row \([^\n]+\): use a smaller batch or hidden size, or --backend cpu$/,
    );
    expect(losses).toHaveLength(3);
    spy.mockRestore();
    expect(await sum(machine)).toEqual([6, 60]);
  });

  it("tries several times to open a new one, and gives up with a line", async () => {
    let refusals = 0;
    const { machine, losses } = await openFragile(async () => {
      if (refusals-- > 0) throw new Error("it offers no adapter");
      return openTestDevice();
    });
    machine.opened.device.destroy();
    refusals = 3;
    await expect(sum(machine)).rejects.toThrow(
      /^the device was lost \([^\n]+\), and no new one could be opened: it offers no adapter$/,
    );
    refusals = 2;
    expect(await sum(machine)).toEqual([6, 60]);
    expect(losses).toHaveLength(1);
  });

  it("tells other errors from a loss, and repeats nothing for them", async () => {
    const { machine, losses } = await openFragile();
    let tries = 0;
    const mistake = () => {
      tries++;
      return Promise.reject(new RangeError("a mistake"));
    };
    await expect(machine.survive(mistake)).rejects.toThrow("a mistake");
    expect({ tries, losses }).toEqual({ tries: 1, losses: [] });
  });

  it("says that it was closed while a plan ran or was read, and opens no device after that", async () => {
    const { machine, losses } = await openFragile();
    const [running, reading, other] = await Promise.all([1, 2, 3].map(() => machine.compile(plan)));
    reading.upload("x", [1, 10, 2, 20, 3, 30]);
    const ends = [running.run(1, () => {}), reading.download(["y"]), other.run(1, () => {})].map(told);
    other.close();
    machine.close();
    const closed = `ClosedError: the machine ${machine.name}`;
    expect(await Promise.all(ends)).toEqual([
      `${closed} was closed while plan sum ran; close it when that has ended`,
      `${closed} was closed while plan sum was read; close it when that has ended`,
      "ClosedError: plan sum was closed while it ran; close it when that has ended",
    ]);
    expect(await told(sum(machine))).toBe(`${closed} is closed; make a new one`);
    expect(losses).toEqual([]);
  });

  it("takes a device that its owner has closed for that, where no other can take its place", async () => {
    const opened = await openTestDevice();
    const machine = gpuMachine(opened.device, opened.name, opened.kind);
    const end = told(
      withPlan(machine, plan, (executable) => {
        const under = work(executable);
        opened.close();
        return under;
      }),
    );
    const closed = `ClosedError: the device ${opened.name}`;
    expect(await end).toBe(`${closed} was closed while plan sum ran; close it when that has ended`);
    expect(await told(sum(machine))).toBe(`${closed} is closed; make a new one`);
  });

  it("opens no device if it is closed while it would", async () => {
    let opened = 0;
    const { machine, losses } = await openFragile(() => {
      if (opened++ > 0) machine.close();
      return openTestDevice();
    });
    machine.opened.device.destroy();
    expect(await told(sum(machine))).toBe(
      `ClosedError: the machine ${machine.name} was closed while it opened a new device for a lost one; close it when that has ended`,
    );
    expect((await machine.opened.lost).reason).toBe("destroyed");
    expect({ opened, losses }).toEqual({ opened: 2, losses: [] });
  });
});

describe("the message about a loss", () => {
  it("names the step, and the adapter if it is another one", () => {
    const loss = { reason: "driver reset.", before: "A", now: "A" };
    expect(describeLoss(loss)).toBe("the device was lost (driver reset); a new one took its place");
    expect(describeLoss({ ...loss, now: "B" }, 12)).toBe(
      "the device was lost (driver reset); a new one goes on from step 12: B instead of A, so the last bits may differ",
    );
  });
});
