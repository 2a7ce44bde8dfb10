/** The roof of a device: the highest arithmetic rate and memory bandwidth that it was measured to reach. */
import { type RawKernel, rawDispatch } from "./raw.ts";
import { type Effort, measure, type Repeat, type Timing } from "./sampling.ts";

/** One way to load the device. */
export interface RoofRow {
  readonly name: string;
  /** `GFLOP/s`, an FMA being two, or `GB/s`, reads and writes counted. */
  readonly unit: "GFLOP/s" | "GB/s";
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly timing: Timing;
}

/** What kernels are compared with: the best median of each kind. */
export interface Roof {
  readonly rows: readonly RoofRow[];
  readonly peakGflopPerSecond: number;
  readonly bandwidthGbPerSecond: number;
}

const LOCAL = 64;

/** FMAs per chain in the body of the loop. */
const UNROLLED = 8;

/** `chains` independent chains of FMAs, all in registers. Starting values and factors come from memory, so that the compiler cannot fold constants. */
function fmaKernel(type: "f32" | "vec4f", chains: number, loops: number): string {
  const all = Array.from({ length: chains }, (_, i) => i);
  const body = Array.from({ length: UNROLLED }, () => all.map((c) => `x${c} = fma(x${c}, a, b);`).join(" "));
  const sum = all.map((c) => (type === "f32" ? `x${c}` : `dot(x${c}, vec4f(1))`)).join(" + ");
  return `
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(${LOCAL}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = ${type}(given[0]); let b = ${type}(given[1]);
  ${all.map((c) => `var x${c} = ${type}(given[2] + ${c}.0 + f32(id.x));`).join("\n  ")}
  for (var i = 0; i < ${loops}; i++) {
    ${body.join("\n    ")}
  }
  out[id.x] = ${sum};
}`;
}

const copyKernel = (type: "f32" | "vec4f"): string => `
@group(0) @binding(0) var<storage, read> given: array<${type}>;
@group(0) @binding(1) var<storage, read_write> out: array<${type}>;
@compute @workgroup_size(${LOCAL}) fn main(@builtin(global_invocation_id) id: vec3u) {
  out[id.x] = given[id.x];
}`;

interface Load {
  readonly name: string;
  readonly unit: RoofRow["unit"];
  /** FLOPs or bytes of one dispatch. */
  readonly work: number;
  readonly kernel: RawKernel;
}

function fma(type: "f32" | "vec4f", chains: number, workgroups: number, loops: number): Load {
  const components = type === "f32" ? 1 : 4;
  const spread = workgroups === 1 ? "one workgroup" : "all workgroups";
  return {
    name: `FMA, ${chains} chains of ${type}, ${spread}`,
    unit: "GFLOP/s",
    work: 2 * components * chains * UNROLLED * loops * workgroups * LOCAL,
    kernel: {
      code: fmaKernel(type, chains, loops),
      buffers: [16, 4 * workgroups * LOCAL],
      workgroups,
    },
  };
}

function copy(mebibytes: number, type: "f32" | "vec4f"): Load {
  const bytes = mebibytes * 2 ** 20;
  const size = type === "f32" ? 4 : 16;
  return {
    name: `copy of ${mebibytes} MiB, ${type} by ${type}`,
    unit: "GB/s",
    work: 2 * bytes,
    kernel: { code: copyKernel(type), buffers: [bytes, bytes], workgroups: bytes / size / LOCAL },
  };
}

/** The driver's own copy, between buffers as big as the kernels' largest. */
function driverCopy(device: GPUDevice, mebibytes: number): { run: Repeat; close: () => void } {
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const size = mebibytes * 2 ** 20;
  const [source, target] = [device.createBuffer({ size, usage }), device.createBuffer({ size, usage })];
  const run = async (repeats: number) => {
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < repeats; i++) encoder.copyBufferToBuffer(source, 0, target, 0, size);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  };
  const close = () => {
    source.destroy();
    target.destroy();
  };
  return { run, close };
}

function roofRow({ name, unit, work }: Omit<Load, "kernel">, timing: Timing): RoofRow {
  // Work per microsecond, in thousands: 10⁹ a second.
  const rate = (us: number) => work / us / 1000;
  return {
    name,
    unit,
    median: rate(timing.medianUs),
    low: rate(timing.maxUs),
    high: rate(timing.minUs),
    timing,
  };
}

/** Compilers differ in what they keep in registers, and caches in what they hold, so several loads are tried. */
export async function measureRoof(device: GPUDevice, hardware: boolean, effort: Effort): Promise<Roof> {
  const [workgroups, loops] = hardware ? [16384, 256] : [256, 64];
  const loads = [
    fma("f32", 4, workgroups, loops),
    fma("f32", 8, workgroups, loops),
    fma("vec4f", 2, workgroups, loops),
    fma("vec4f", 4, workgroups, loops),
    fma("vec4f", 2, 1, 512),
    copy(4, "f32"),
    copy(4, "vec4f"),
    copy(32, "vec4f"),
  ];
  const rows: RoofRow[] = [];
  for (const load of loads) {
    const dispatch = await rawDispatch(device, load.name, load.kernel);
    try {
      rows.push(roofRow(load, await measure(dispatch.run, effort)));
    } finally {
      dispatch.close();
    }
  }
  const byDriver = driverCopy(device, 32);
  const name = "copy of 32 MiB, by the driver";
  try {
    rows.push(roofRow({ name, unit: "GB/s", work: 2 * 2 ** 25 }, await measure(byDriver.run, effort)));
  } finally {
    byDriver.close();
  }
  const best = (unit: RoofRow["unit"]) =>
    Math.max(...rows.filter((r) => r.unit === unit).map((r) => r.median));
  return { rows, peakGflopPerSecond: best("GFLOP/s"), bandwidthGbPerSecond: best("GB/s") };
}
