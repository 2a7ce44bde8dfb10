/** Machines whose devices a test destroys. */
import { afterEach, vi } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import type { OpenedDevice } from "../../src/gpu/device.ts";
import { type LastingMachine, type Loss, lastingMachine } from "../../src/gpu/lasting.ts";
import type { Executable } from "../../src/plan/executable.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { openTestDevice } from "./device.ts";

/** A machine, and the losses of its devices. */
export interface Fragile {
  readonly machine: LastingMachine;
  readonly losses: readonly Loss[];
}

const machines: LastingMachine[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const machine of machines.splice(0)) machine.close();
});

/** The machine is closed after the test, which also ends {@link destroyAfter}. */
export async function openFragile(open: () => Promise<OpenedDevice> = openTestDevice): Promise<Fragile> {
  const losses: Loss[] = [];
  const machine = await lastingMachine({ open, onLost: (loss) => losses.push(loss), waits: [0, 1, 1] });
  machines.push(machine);
  return { machine, losses };
}

/** Destroys the machine's current device right after each of these submits, counted from 1 across all its devices. */
export function destroyAfter({ machine }: Fragile, submits: readonly number[]): void {
  const original = GPUQueue.prototype.submit;
  let count = 0;
  vi.spyOn(GPUQueue.prototype, "submit").mockImplementation(function (this: GPUQueue, buffers) {
    original.call(this, buffers);
    if (submits.includes(++count)) machine.opened.device.destroy();
    return undefined;
  });
}

class LostError extends Error {}

/**
 * The CPU reference as a device that is lost at these runs, counted from 1: the run's work is done, its results are gone, and
 * everything compiled before is unusable.
 */
export function fragileCpu(lostAt: (run: number) => boolean): Machine & { readonly lost: number } {
  const cpu = cpuMachine();
  let [runs, lost] = [0, 0];
  return {
    ...cpu,
    get lost() {
      return lost;
    },
    compile: async (plan) => {
      const executable = await cpu.compile(plan);
      const born = lost;
      const alive = () => {
        if (lost !== born) throw new LostError("the device of this plan was lost");
      };
      return Object.assign(Object.create(executable) as Executable, {
        plan: executable.plan,
        capacity: executable.capacity,
        dispatches: 0,
        upload: (name: string, values: ArrayLike<number>) => {
          alive();
          executable.upload(name, values);
        },
        download: (names: readonly string[]) => {
          alive();
          return executable.download(names);
        },
        run: async (...args: Parameters<Executable["run"]>) => {
          alive();
          const results = await executable.run(...args);
          if (lostAt(++runs)) lost++;
          alive();
          return results;
        },
        close: () => executable.close(),
      });
    },
    survive: async (work) => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          // It may have been lost before: what was compiled on it shows that when it is used again.
          if (!(error instanceof LostError)) throw error;
        }
      }
    },
  };
}
