/** Opens the files that make_fixtures.py left in tests/fixtures. */

import { readFileSync } from "node:fs";
import { readSafetensors, toFloat64 } from "../../src/formats/safetensors.ts";
import type { Parameters, Sizes, Tensor } from "./exercise1.ts";

export const stepFixtures = ["notebook-h64", "notebook-h200", "odd", "tiny", "saturated"] as const;

export interface StepFixture {
  sizes: Sizes;
  parameters: Parameters;
  Xb: Float64Array;
  Yb: Float64Array;
  /** Every tensor of the file, as PyTorch computed it in float32; gradients as `d` + name. */
  expected: Record<string, Tensor>;
}

/** All tensors of tests/fixtures/NAME.safetensors as float64. */
export function readFixture(name: string): Record<string, Tensor> {
  const { tensors } = readSafetensors(
    readFileSync(new URL(`../fixtures/${name}.safetensors`, import.meta.url)),
  );
  return Object.fromEntries(
    [...tensors].map(([key, tensor]) => [key, { shape: tensor.shape, data: toFloat64(tensor) }]),
  );
}

/** The shape of the network and of the batch that tensors of these shapes belong to. */
export function sizesOf({ C, W1, Xb }: Record<string, Tensor>): Sizes {
  const [V, E] = C.shape;
  const [N, T] = Xb.shape.slice(-2);
  return { V, E, T, H: W1.shape[1], N };
}

/** One step of the network as PyTorch computed it. */
export function readStepFixture(name: (typeof stepFixtures)[number]): StepFixture {
  const tensors = readFixture(name);
  const { Xb, Yb } = tensors;
  return {
    sizes: sizesOf(tensors),
    parameters: parametersOf(tensors),
    Xb: Xb.data,
    Yb: Yb.data,
    expected: Object.fromEntries(
      Object.entries(tensors).map(([key, value]) => [key.replace("grad.", "d"), value]),
    ),
  };
}

/** The seven parameters among these tensors, whose names may have a prefix. */
export function parametersOf(tensors: Record<string, Tensor>, prefix = ""): Parameters {
  const data = (name: string) => tensors[prefix + name].data;
  return {
    C: data("C"),
    W1: data("W1"),
    b1: data("b1"),
    W2: data("W2"),
    b2: data("b2"),
    bngain: data("bngain"),
    bnbias: data("bnbias"),
  };
}
