/** Times parts of a step: by the device's timestamps where it takes them, elsewhere by the host's clock. */
import type { Section } from "../gpu/executable.ts";
import { milliseconds } from "./sampling.ts";

export interface Stopwatch {
  /** Milliseconds that a section takes, run so many times in one pass. */
  time(section: Section, repeats: number): Promise<number>;
  close(): void;
}

/** What the host sees: submitting and waiting included. */
export const hostClock: Stopwatch = {
  time: (section, repeats) => milliseconds((n) => section.run(n), repeats),
  close: () => {},
};

/** Bytes of a timestamp, which is a count of nanoseconds. */
const STAMP = 8;

/** What the device sees: from the beginning of a pass to its end. Many devices round to 0.1 ms, so a pass should take longer by far. */
function deviceClock(device: GPUDevice): Stopwatch {
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
  const [resolved, readable] = [
    GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  ].map((usage) => device.createBuffer({ label: "timestamps", size: 2 * STAMP, usage }));
  return {
    time: async (section, repeats) => {
      await section.run(repeats, { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 });
      const encoder = device.createCommandEncoder({ label: "timestamps" });
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, readable, 0, 2 * STAMP);
      device.queue.submit([encoder.finish()]);
      await readable.mapAsync(GPUMapMode.READ);
      const [begin, end] = new BigInt64Array(readable.getMappedRange());
      readable.unmap();
      return Number(end - begin) / 1e6;
    },
    close: () => {
      querySet.destroy();
      resolved.destroy();
      readable.destroy();
    },
  };
}

/** Share of the host's time that the device's may be: it lacks submitting and waiting, and is rounded. */
const BELIEVED = { least: 0.5, most: 1.1 };

/**
 * The device's timestamps, if it takes any and they agree with the host's clock about this section: some drivers stamp when they are given the
 * work, and not when they do it.
 * @param repeats so many that timestamps are fine enough
 */
export async function deviceTimes(
  device: GPUDevice,
  section: Section,
  repeats: number,
): Promise<Stopwatch | undefined> {
  if (!device.features.has("timestamp-query")) return undefined;
  const stopwatch = deviceClock(device);
  const start = performance.now();
  const stamped = await stopwatch.time(section, repeats);
  const share = stamped / (performance.now() - start);
  if (share >= BELIEVED.least && share <= BELIEVED.most) return stopwatch;
  stopwatch.close();
  return undefined;
}
