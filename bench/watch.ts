/** Training with its costs recorded at intervals: time, host memory, device memory, objects created. */
import type { Dataset } from "../src/data/examples.ts";
import type { TrainConfig } from "../src/train/config.ts";
import type { OpenedMachine } from "../src/train/open.ts";
import { Trainer } from "../src/train/trainer.ts";

export interface Sample {
  readonly step: number;
  /** Mean since the sample before, in µs per step. */
  readonly microseconds: number;
  /** Bytes of the process, of JavaScript objects and of array buffers; the last two after a forced collection, with `--expose-gc`. */
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  /** Bytes of all buffers created and not yet destroyed. */
  readonly deviceBytes: number;
  readonly submits: number;
  /** Calls of `create…` on the device since training began, by name. */
  readonly created: Readonly<Record<string, number>>;
  /** Mean over the steps since the sample before. */
  readonly loss: number;
}

/** Change per million steps over the second half of a run, by least squares. */
export function slopesOf(samples: readonly Sample[]) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const slope = (of: (s: Sample) => number) => 1e6 * slopeOf(half.map((s) => [s.step, of(s)] as const));
  return {
    microseconds: slope((s) => s.microseconds),
    rss: slope((s) => s.rss),
    heap: slope((s) => s.heap),
    external: slope((s) => s.external),
    deviceBytes: slope((s) => s.deviceBytes),
  };
}

/** Trains to the end of `config`, with a sample every `every` steps. Nothing else may use the machine meanwhile. */
export async function watchTraining(
  o: { machine: OpenedMachine; config: TrainConfig; dataset: Dataset; every: number },
  onSample: (sample: Sample) => void = () => {},
): Promise<Sample[]> {
  const counts = o.machine.opened ? countDevice(o.machine.opened.device) : undefined;
  const { train, vocabulary } = o.dataset;
  const trainer = await Trainer.create({
    machine: o.machine,
    config: o.config,
    train,
    vocabulary: vocabulary.size,
  });
  counts?.begin();
  const samples: Sample[] = [];
  while (trainer.step < o.config.steps) {
    const begun = trainer.step;
    let sum = 0;
    const start = performance.now();
    await trainer.run(
      (_, losses) => {
        for (let i = 0; i < losses.length; i++) sum += losses[i];
      },
      { until: Math.min(o.config.steps, begun + o.every) },
    );
    const milliseconds = performance.now() - start;
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const done = trainer.step - begun;
    const sample: Sample = {
      step: trainer.step,
      microseconds: (1000 * milliseconds) / done,
      rss,
      heap: heapUsed,
      external,
      deviceBytes: counts?.bytes() ?? 0,
      submits: counts?.created().createCommandEncoder ?? 0,
      created: counts?.created() ?? {},
      loss: sum / done,
    };
    samples.push(sample);
    onSample(sample);
  }
  trainer.close();
  counts?.end();
  return samples;
}

/** The slope of a straight line through the points, by least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: (p: readonly [number, number]) => number) =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length;
  const [x0, y0] = [mean(([x]) => x), mean(([, y]) => y)];
  return mean(([x, y]) => (x - x0) * (y - y0)) / mean(([x]) => (x - x0) ** 2);
}

/** Counts every `create…` of a device from `begin` on, and the bytes of its buffers from now on. */
function countDevice(device: GPUDevice) {
  const methodTable = device as unknown as Record<string, (...args: unknown[]) => unknown>;
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(device)).filter((m) => /^create/.test(m));
  let created: Record<string, number> = {};
  let bytes = 0;
  for (const method of methods) {
    const original = methodTable[method];
    methodTable[method] = (...args) => {
      created[method] = (created[method] ?? 0) + 1;
      const result = original.apply(device, args);
      if (method === "createBuffer") follow(result as GPUBuffer);
      return result;
    };
  }
  function follow(buffer: GPUBuffer): void {
    const { size, destroy } = buffer;
    bytes += size;
    let there = true;
    buffer.destroy = () => {
      if (there) bytes -= size;
      there = false;
      return destroy.call(buffer);
    };
  }
  return {
    begin: () => {
      created = {};
    },
    bytes: () => bytes,
    created: () => ({ ...created }),
    end: () => {
      for (const method of methods) delete methodTable[method];
    },
  };
}
