/** A machine that outlives its device: work interrupted by a lost device is done again on a new one. */
import { count } from "../plan/count.ts";
import { ClosedError } from "../plan/life.ts";
import type { Machine } from "../plan/machine.ts";
import { NoAdapterError, type OpenedDevice } from "./device.ts";
import { StaleError } from "./faults.ts";
import { lossBehind } from "./loss.ts";
import { gpuMachine } from "./machine.ts";

/** A device that was lost, and the one that took its place. */
export interface Loss {
  /** The browser's or driver's reason. */
  readonly reason: string;
  readonly before: string;
  /** The new adapter's name; if it is not the same as before, results may differ in their last bits. */
  readonly now: string;
}

/** The message for a user. @param step at which the run goes on */
export function describeLoss({ reason, before, now }: Loss, step?: number): string {
  const lost = `the device was lost (${reason.replace(/\.$/, "")})`;
  const goesOn =
    step === undefined ? "a new one took its place" : `a new one goes on from step ${count(step)}`;
  const other = `: ${now} instead of ${before}, so the last bits may differ`;
  return `${lost}; ${goesOn}${now === before ? "" : other}`;
}

/** The device was lost, and the work cannot go on. */
export class DeviceLostError extends Error {
  override name = "DeviceLostError";
}

export interface LastingMachine extends Machine {
  /** The device in use now. */
  readonly opened: OpenedDevice;
}

export interface LastingOptions {
  /** Opens a device; called again after each loss. */
  readonly open: () => Promise<OpenedDevice>;
  /** Called after each loss, once there is a new device. */
  readonly onLost?: (loss: Loss) => void;
  /** Milliseconds to wait before each try to open a device: a driver needs some time after a reset. */
  readonly waits?: readonly number[];
}

/** How many times in a row one piece of work may lose its device. */
const TRIES = 4;
const WAITS = [0, 250, 1000, 4000];

/** Opens the first device. The caller closes the machine; after that no new device is opened. @throws NoAdapterError */
export async function lastingMachine({
  open,
  onLost = () => {},
  waits = WAITS,
}: LastingOptions): Promise<LastingMachine> {
  let opened = await open();
  let machine = gpuMachine(opened.device, opened.name, opened.kind);
  let closed = false;
  let reopening: Promise<void> | undefined;

  const nameOf = () => `the machine ${opened.name}`;
  /** Nobody wants a new device for a machine that was closed. */
  const requireWanted = () => {
    if (closed) throw new ClosedError(nameOf(), "it opened a new device for a lost one");
  };

  async function reopen(reason: string): Promise<void> {
    const before = opened.name;
    opened.close();
    for (const [i, wait] of waits.entries()) {
      await sleep(wait);
      requireWanted();
      try {
        opened = await open();
        break;
      } catch (error) {
        // A browser that does not answer once is not asked again and again.
        const late = error instanceof NoAdapterError && error.considered.some((c) => c.late);
        if (late || i === waits.length - 1)
          throw new DeviceLostError(
            `the device was lost (${reason}), and no new one could be opened: ${(error as Error).message}`,
          );
      }
    }
    if (closed) opened.close();
    requireWanted();
    machine = gpuMachine(opened.device, opened.name, opened.kind);
    onLost({ reason, before, now: opened.name });
  }

  return {
    backend: "gpu",
    get kind() {
      return opened.kind;
    },
    get target() {
      return machine.target;
    },
    get name() {
      return opened.name;
    },
    get opened() {
      return opened;
    },
    compile: (plan) => machine.compile(plan),
    survive: async (work) => {
      for (let tries = 1; ; tries++) {
        const used = opened;
        try {
          return await work();
        } catch (error) {
          if (error instanceof ClosedError) throw error;
          const lost = await lossBehind(used.device);
          if (closed && error instanceof StaleError)
            throw new ClosedError(nameOf(), "it was at work", { cause: error });
          if (closed || error instanceof DeviceLostError) throw error;
          if (!lost) {
            // A plan compiled before an earlier loss is used again only now: the next try compiles it.
            if (error instanceof StaleError && tries < TRIES) continue;
            throw error;
          }
          const reason = lost.message || lost.reason;
          if (tries === TRIES)
            throw new DeviceLostError(
              `the device was lost ${TRIES} times in a row (${reason}): use a smaller batch or hidden size, or --backend cpu`,
            );
          // The first caller to fail opens a new device for all.
          if (used === opened) reopening ??= reopen(reason).finally(() => (reopening = undefined));
          await reopening;
        }
      }
    },
    close: () => {
      closed = true;
      machine.close();
      opened.close();
    },
  };
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
