/** The targets of devices that are not here. */
import { expect, it } from "vitest";
import { targetOf } from "../../src/gpu/target.ts";

interface Facts {
  readonly name: string;
  readonly subgroups?: readonly [number, number];
  readonly workgroupBytes: number;
}

const device = ({ name, subgroups, workgroupBytes }: Facts) =>
  ({
    adapterInfo: {
      vendor: "",
      architecture: "",
      device: name,
      description: "",
      subgroupMinSize: subgroups?.[0],
      subgroupMaxSize: subgroups?.[1],
      isFallbackAdapter: false,
    },
    features: new Set(subgroups ? ["subgroups"] : []),
    limits: { maxComputeWorkgroupStorageSize: workgroupBytes },
  }) as unknown as GPUDevice;

it.each([
  ["a GPU with 48 KiB", { name: "geforce", subgroups: [32, 32], workgroupBytes: 49152 }, 1, 32768],
  ["a GPU with 32 KiB", { name: "apple m1", workgroupBytes: 32768 }, 1, 32768],
  ["a GPU with the least there may be", { name: "adreno", workgroupBytes: 16384 }, 1, 16384],
  [
    "software whose subgroups have one size",
    { name: "llvmpipe", subgroups: [8, 8], workgroupBytes: 32768 },
    8,
    16384,
  ],
  [
    "software whose subgroups have several",
    { name: "llvmpipe", subgroups: [4, 8], workgroupBytes: 32768 },
    1,
    16384,
  ],
  [
    "software with a size that no kernel knows",
    { name: "swiftshader", subgroups: [2, 2], workgroupBytes: 32768 },
    1,
    16384,
  ],
  ["software without subgroups", { name: "swiftshader", workgroupBytes: 32768 }, 1, 16384],
] as const)("%s", (_, facts, lanes, workgroupBytes) => {
  expect(targetOf(device(facts))).toEqual({ lanes, workgroupBytes });
});

it("a browser that says nothing about its adapter", () => {
  const { adapterInfo: _, ...silent } = device({ name: "", workgroupBytes: 16384 });
  expect(targetOf(silent as GPUDevice)).toEqual({ lanes: 1, workgroupBytes: 16384 });
});
