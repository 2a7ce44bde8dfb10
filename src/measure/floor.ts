/** The floor of a device: what a dispatch, a submit or a barrier costs even if it computes nothing. */
import { rawDispatch } from "./raw.ts";
import { type Effort, measure, type Repeat, type Timing } from "./sampling.ts";

export interface FloorRow {
  readonly name: string;
  readonly timing: Timing;
}

const EMPTY = "@compute @workgroup_size(1) fn main() {}";

/** How many barriers one dispatch of the barrier kernel has. */
const BARRIERS = 1000;

/** One workgroup that does nothing but wait at barriers. */
const barriers = (invocations: number): string => `
@compute @workgroup_size(${invocations}) fn main() {
  for (var i = 0; i < ${BARRIERS}; i++) { workgroupBarrier(); }
}`;

export async function measureFloor(device: GPUDevice, effort: Effort): Promise<FloorRow[]> {
  const rows: FloorRow[] = [];
  const empty = await rawDispatch(device, "empty", { code: EMPTY, buffers: [], workgroups: 1 });
  const row = async (name: string, run: Repeat, scale: (t: Timing) => Timing = (t) => t) =>
    void rows.push({ name, timing: scale(await measure(run, effort)) });

  await row("empty dispatch, many in a pass", empty.run);
  await row("empty dispatch and its own submit", async (repeats) => {
    for (let i = 0; i < repeats; i++) empty.submitOnce();
    await device.queue.onSubmittedWorkDone();
  });
  await row("submit of an empty command buffer", async (repeats) => {
    for (let i = 0; i < repeats; i++) device.queue.submit([device.createCommandEncoder().finish()]);
    await device.queue.onSubmittedWorkDone();
  });
  await row("dispatch, submit and wait", async (repeats) => {
    for (let i = 0; i < repeats; i++) await empty.run(1);
  });
  await readback(device, (run) => row("readback of 4 bytes: copy, submit, map", run));
  for (const invocations of [64, 256]) {
    const waiting = await rawDispatch(device, "barriers", {
      code: barriers(invocations),
      buffers: [],
      workgroups: 1,
    });
    // This includes a thousandth of an empty dispatch for each barrier.
    await row(`workgroup barrier, ${invocations} invocations`, waiting.run, (t) => scale(t, 1 / BARRIERS));
    waiting.close();
  }
  empty.close();
  return rows;
}

async function readback(device: GPUDevice, row: (run: Repeat) => Promise<void>): Promise<void> {
  const source = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_SRC });
  const target = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  await row(async (repeats) => {
    for (let i = 0; i < repeats; i++) {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, 0, target, 0, 4);
      device.queue.submit([encoder.finish()]);
      await target.mapAsync(GPUMapMode.READ);
      target.unmap();
    }
  });
  source.destroy();
  target.destroy();
}

const scale = (t: Timing, factor: number): Timing => ({
  medianUs: t.medianUs * factor,
  q1Us: t.q1Us * factor,
  q3Us: t.q3Us * factor,
  minUs: t.minUs * factor,
  maxUs: t.maxUs * factor,
  samples: t.samples,
  repeats: t.repeats,
});
