/** Reads the files that make_fixtures.py wrote to tests/fixtures. */

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

const readFile = (name: string) =>
  readSafetensors(readFileSync(new URL(`../fixtures/${name}.safetensors`, import.meta.url)));

/** All tensors of tests/fixtures/NAME.safetensors as float64. */
export function readFixture(name: string): Record<string, Tensor> {
  const { tensors } = readFile(name);
  return Object.fromEntries(
    [...tensors].map(([key, tensor]) => [key, { shape: tensor.shape, data: toFloat64(tensor) }]),
  );
}

/** The sizes of the network and the batch, from the shapes of these tensors. */
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

export const trajectories = ["trajectory", "trajectory-momentum", "trajectory-adamw"] as const;

/** Ten steps of training as PyTorch computed them. */
export interface Trajectory {
  sizes: Sizes;
  /** `lr` and, with an optimiser of torch.optim, `optimizer` and its settings by their names in trainConfig. */
  settings: Record<string, string>;
  /** Before the first step. */
  parameters: Parameters;
  /** The minibatch of each step: Xb (N,T), Yb (N). */
  batches: { Xb: Float64Array; Yb: Float64Array }[];
  losses: Float64Array;
  /** The parameters after the last step, and the optimiser's state as `momentum_buffer.W1` and so on. */
  after: Record<string, Tensor>;
}

export function readTrajectory(name: (typeof trajectories)[number]): Trajectory {
  const tensors = readFixture(name);
  const { what, made_with, ...settings } = Object.fromEntries(readFile(name).metadata);
  const sizes = sizesOf(tensors);
  const { N, T } = sizes;
  return {
    sizes,
    settings,
    parameters: parametersOf(tensors),
    batches: Array.from(tensors.losses.data, (_, step) => ({
      Xb: tensors.Xb.data.subarray(step * N * T, (step + 1) * N * T),
      Yb: tensors.Yb.data.subarray(step * N, (step + 1) * N),
    })),
    losses: tensors.losses.data,
    after: Object.fromEntries(
      Object.entries(tensors)
        .filter(([key]) => key.startsWith("after."))
        .map(([key, tensor]) => [key.replace("after.", ""), tensor]),
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
