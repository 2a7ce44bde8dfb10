import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import {
  describe as describeAdapter,
  listAdapters,
  NoAdapterError,
  openDevice,
} from "../../src/gpu/device.ts";
import { findSwiftShader } from "../../src/gpu/swiftshader.ts";

const DEVICE = new URL("../../src/gpu/device.ts", import.meta.url).href;
const onLinuxX64 = process.platform === "linux" && process.arch === "x64";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const offered = await listAdapters();
const choices: AdapterChoice[] = ["auto"];
if (onLinuxX64) choices.push("swiftshader");
if (offered.some((c) => c.name.startsWith("llvmpipe"))) choices.push("lavapipe");

/** 2i + 1 for each i < 64, computed by the device. */
async function double(device: GPUDevice): Promise<number[]> {
  const code = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) { y[i] = 2 * f32(i) + 1; }`;
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const y = device.createBuffer({ size: 256, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const back = device.createBuffer({ size: 256, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: y } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(y, 0, back, 0, 256);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(GPUMapMode.READ);
  return [...new Float32Array(back.getMappedRange())];
}

describe.each(choices)("openDevice, adapter %s", (adapter) => {
  it("opens a device that computes, and says what it is", async () => {
    const opened = await openDevice({ adapter });
    expect(await double(opened.device)).toEqual(Array.from({ length: 64 }, (_, i) => 2 * i + 1));
    expect(opened.name).toMatch(
      { auto: /./, hardware: /./, swiftshader: /SwiftShader/, lavapipe: /llvmpipe/ }[adapter],
    );
    expect(opened.why).toMatch(/^[^\n]+\.$/);
    expect(opened.considered.at(-1)).toEqual({ name: opened.name, kind: opened.kind, verdict: "chosen" });
    expect(opened.device.limits.maxBufferSize).toBe(opened.adapter.limits.maxBufferSize);
    opened.close();
    opened.close();
    expect((await opened.lost).reason).toBe("destroyed");
  });

  const program = (end: string) => `
    import { openDevice } from ${JSON.stringify(DEVICE)};
    const { device, close } = await openDevice({ adapter: ${JSON.stringify(adapter)} });
    await device.queue.onSubmittedWorkDone();
    ${end}`;
  const ends = [
    ["nothing", "", 0],
    ["close()", "close();", 0],
    ["process.exit", "process.exit(3);", 3],
    ["an exception", "throw new Error('boom');", 1],
  ] as const;
  // Which device `auto` takes changes nothing about these ends, and that one has them all by its own name.
  const byName = choices.length > 1 && adapter === "auto";
  it.each(ends.slice(0, byName ? 1 : undefined))(
    "lets the process end cleanly after %s",
    async (_, end, status) => {
      const args = ["--import", "tsx", "--input-type=module", "--eval", program(end)];
      const code = await promisify(execFile)(process.execPath, args, { timeout: 30_000 }).then(
        () => 0,
        (error: { code: number | null }) => error.code,
      );
      expect(code).toBe(status);
    },
  );
});

describe("openDevice", () => {
  it("gives uncaptured errors to onError", async () => {
    const errors: string[] = [];
    const { device, close } = await openDevice({ onError: (error) => errors.push(error.message) });
    device.createBuffer({
      label: "too big",
      size: 2 * device.limits.maxBufferSize,
      usage: GPUBufferUsage.STORAGE,
    });
    await device.queue.onSubmittedWorkDone();
    await vi.waitFor(() => expect(errors).toEqual([expect.stringContaining("too big")]));
    close();
  });

  it("takes the adapter from the environment, and refuses one it does not know", async () => {
    vi.stubEnv("BACKPROP_NINJA_ADAPTER", "voodoo");
    await expect(openDevice()).rejects.toThrow(
      'BACKPROP_NINJA_ADAPTER is "voodoo": use auto, hardware, lavapipe, swiftshader',
    );
  });

  it.skipIf(offered.some((c) => c.kind === "hardware"))(
    "says in a line why there is no hardware",
    async () => {
      const error = await openDevice({ adapter: "hardware" }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(NoAdapterError);
      expect((error as NoAdapterError).message).toMatch(
        /^no WebGPU device: [^\n]+ Ask for the adapter auto[^\n]+$/,
      );
    },
  );
});

describe("an adapter's name and kind", () => {
  const info = (said: Partial<GPUAdapterInfo>) =>
    ({
      vendor: "",
      architecture: "",
      device: "",
      description: "",
      isFallbackAdapter: false,
      ...said,
    }) as GPUAdapterInfo;

  it.each([
    [
      "Dawn",
      { vendor: "nvidia", device: "nvidia-h200", description: "NVIDIA: 570.1" },
      "nvidia h200 (NVIDIA: 570.1)",
      "hardware",
    ],
    ["Chrome", { vendor: "apple", architecture: "metal-3" }, "apple metal 3", "hardware"],
    ["Deno", { vendor: "4318", device: "9013", description: "NVIDIA H200" }, "NVIDIA H200", "hardware"],
    [
      "Deno, in software",
      { vendor: "65541", device: "0", description: "llvmpipe (LLVM 15.0.6)", isFallbackAdapter: true },
      "llvmpipe (LLVM 15.0.6)",
      "software",
    ],
  ])("is read from what %s says", (_, said, name, kind) => {
    expect(describeAdapter(info(said))).toEqual({ name, kind });
  });

  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153"],
    [
      "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36",
      "Chrome 147",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36 Edg/147.0.0.0",
      "Edge 147",
    ],
    [
      "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
      "Safari 26",
    ],
  ])("is the browser's where it says nothing: %s", (userAgent, browser) => {
    vi.stubGlobal("navigator", { userAgent });
    expect(describeAdapter(info({}))).toEqual({ name: `${browser}'s adapter, unnamed`, kind: "hardware" });
    expect(describeAdapter(info({ isFallbackAdapter: true }))).toEqual({
      name: `${browser}'s fallback adapter, unnamed`,
      kind: "software",
    });
  });

  it("is said to be missing where nobody says anything", () => {
    vi.stubGlobal("navigator", undefined);
    expect(describeAdapter(info({})).name).toBe("unnamed adapter");
  });
});

it("SwiftShader is looked for on Linux on x64 only, and a line says so elsewhere", () => {
  vi.stubGlobal("process", { ...process, platform: "darwin", arch: "arm64" });
  expect(findSwiftShader).toThrow("it comes for Linux on x64 only, and this is darwin on arm64");
});
