/** Which pipelines are kept; the device here compiles nothing. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PipelineCache } from "../../src/gpu/pipelines.ts";
import { defineOp, type Kernel, write } from "../../src/plan/contract.ts";

const op = defineOp({
  name: "test.zero",
  math: "out = 0",
  bindings: { out: write("N") },
  twin: ({ out }) => out.fill(0),
  cases: [],
  tolerance: { rtol: 0, atol: 0 },
  flops: () => 0,
  plain: () => [],
});
const kernel: Kernel = {
  pass: "",
  code: "@compute @workgroup_size(1) fn main() { out[0] = 0.0; }",
  grid: [1, 1, 1],
  invocations: 1,
};

let compiled = 0;
const device = {
  createBindGroupLayout: () => ({}),
  createPipelineLayout: () => ({}),
  createShaderModule: () => ({}),
  createComputePipelineAsync: async () => ++compiled,
  pushErrorScope: () => {},
  popErrorScope: async () => null,
} as unknown as GPUDevice;

beforeEach(() => {
  compiled = 0;
  vi.stubGlobal("GPUShaderStage", { COMPUTE: 4 });
});
afterEach(() => vi.unstubAllGlobals());

it("keeps a few networks' pipelines, those that were used last, and not one for every size there ever was", async () => {
  const cache = new PipelineCache(device);
  const get = async (N: number) => (await cache.get({ op, dims: { N }, args: {} }, kernel, [false])).pipeline;
  const [first, second] = [await get(1), await get(2)];
  for (let N = 3; N <= 256; N++) await get(N);
  expect(await get(1)).toBe(first);
  await get(257);
  expect(await get(1)).toBe(first);
  expect(compiled).toBe(257);
  expect(await get(2)).not.toBe(second);
});
