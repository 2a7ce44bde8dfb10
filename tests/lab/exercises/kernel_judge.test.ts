/** The kernels' worker without the worker: its device is opened once, and anew after it was lost. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { kernelTask } from "../../../src/exercises/kernels/judge.ts";
import { openDevice } from "../../../src/gpu/device.ts";
import { KernelJudge } from "../../../src/lab/exercises/kernel_judge.ts";

const op = "tanh.backward";
const [RIGHT] = kernelTask(op).spellings;

let opened: Awaited<ReturnType<typeof openDevice>>[];
let judge: KernelJudge;
beforeEach(() => {
  opened = [];
  judge = new KernelJudge(async () => {
    const device = await openDevice({ adapter: "swiftshader" });
    opened.push(device);
    return device;
  });
});
afterEach(() => judge.close());

const verdict = async (text: string) => (await judge.judge({ text, op })).report;

it("opens a device with the first kernel, keeps it, and opens another one when it is lost", async () => {
  expect(opened).toHaveLength(0);
  expect((await verdict(RIGHT)).verdict).toBe("right");
  expect((await verdict(RIGHT.replace("1.0 -", "1.0 +"))).verdict).toBe("wrong");
  expect((await verdict(RIGHT.replace("dx[i]", "dz[i]"))).verdict).toBe("error");
  expect(opened).toHaveLength(1);

  const under = verdict(RIGHT);
  opened[0].close();
  expect((await under).message).toMatch(/^the device was lost .*: run the text again on a new one$/);
  expect((await verdict(RIGHT)).verdict).toBe("right");
  expect(opened).toHaveLength(2);
});

it("trains for some steps, and tells the losses of each", async () => {
  const [yours, right]: number[][] = [[], []];
  const trained = await judge.train({ text: RIGHT, op }, 3, (y, r) => {
    yours.push(...y);
    right.push(...r);
  });
  expect(trained).toMatchObject({ steps: 3, firstDifference: null, ended: null });
  expect(yours).toHaveLength(3);
  expect(yours.every((loss) => loss > 2 && loss < 5)).toBe(true);
  expect(right[0]).toBeCloseTo(yours[0], 5);
});

it("says why there is no device, and tries again", async () => {
  let tries = 0;
  const none = new KernelJudge(async () => {
    tries++;
    throw new Error("no WebGPU device");
  });
  for (let i = 0; i < 2; i++) await expect(none.prepare()).rejects.toThrow("no WebGPU device");
  expect(tries).toBe(2);
});
