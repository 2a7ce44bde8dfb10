/** Weights without a checkpoint's metadata: what is read from their shapes, what a run lends, and what is refused. */
import { describe, expect, it } from "vitest";
import { type TensorData, writeSafetensors } from "../../src/formats/safetensors.ts";
import { PARAMETERS, shapeOf } from "../../src/model/tensors.ts";
import { type Checkpoint, CheckpointError, encodeCheckpoint } from "../../src/train/checkpoint.ts";
import { sizesOf, trainConfig } from "../../src/train/config.ts";
import { decodeWeights } from "../../src/train/lent.ts";
import { initialState } from "../../src/train/state.ts";
import { inBfloat16 } from "../support/halves.ts";
import { dataset, tinyConfig, words } from "./data.ts";

const { vocabulary } = dataset;
const lender = tinyConfig({ seed: 7 });
const statistics = {
  bnmean: new Float32Array(lender.hidden),
  bnvar: new Float32Array(lender.hidden).fill(1),
};
const run: Checkpoint = {
  ...initialState(lender, vocabulary.size),
  ...statistics,
  config: lender,
  vocabulary,
  words,
};

/** Another network than the run's, on the same alphabet. */
const config = trainConfig({ hidden: 5, embedding: 4, context: 2 });
const sizes = sizesOf(config, vocabulary.size);
const { parameters } = initialState(config, vocabulary.size);
const f32 = (shape: number[], data: Float32Array): TensorData => ({ dtype: "F32", shape, data });
const weights = Object.fromEntries(PARAMETERS.map((key) => [key, f32(shapeOf(key, sizes), parameters[key])]));
const decode = (tensors: Record<string, TensorData>) =>
  decodeWeights(writeSafetensors(tensors), "some.file", run);

describe("weights without metadata", () => {
  it("have the sizes of their shapes, and all else from the run", () => {
    const lent = decode(weights);
    expect(lent.config).toEqual({ ...lender, hidden: 5, embedding: 4, context: 2 });
    expect(lent).toMatchObject({ vocabulary, words, generator: run.generator, parameters });
    expect(lent).not.toHaveProperty("bnmean");
    expect(lent).not.toHaveProperty("step");
  });

  it("may have statistics, both or none", () => {
    const [bnmean, bnvar] = [0.5, 2].map((x) => f32([1, 5], new Float32Array(5).fill(x)));
    expect(decode({ ...weights, bnmean, bnvar })).toMatchObject({ bnmean: bnmean.data, bnvar: bnvar.data });
    expect(decode({ ...weights, bnvar })).not.toHaveProperty("bnvar");
  });

  it("may be of any floating-point type, and (H) where the notebook has (1,H)", () => {
    const flat: TensorData = { ...weights.bngain, shape: [5] } as TensorData;
    const double: TensorData = { dtype: "F64", shape: [5], data: Float64Array.from(parameters.b1) };
    expect(decode({ ...weights, bngain: flat, b1: double })).toMatchObject({ parameters });
    const half = decodeWeights(inBfloat16(writeSafetensors(weights), ["C"]), "some.file", run);
    expect(half.parameters.C[0] / parameters.C[0]).toBeCloseTo(1, 1);
  });
});

describe("decodeWeights refuses", () => {
  const { b2, ...incomplete } = weights;
  it.each<[string, Record<string, TensorData>, string]>([
    ["no b2", incomplete, "it has no tensor b2; weights are C, W1, b1, W2, b2, bngain, bnbias"],
    [
      "another alphabet",
      { ...weights, C: f32([3, 4], new Float32Array(12)) },
      `C has 3 rows, but the run knows ${vocabulary.size} characters; give --like a run with the alphabet of these weights`,
    ],
    [
      "rows that no context has",
      { ...weights, W1: f32([9, 5], new Float32Array(45)) },
      "W1 has 9 rows, which is no multiple of the 4 columns of C",
    ],
    [
      "an embedding without width",
      { ...weights, C: f32([vocabulary.size, 0], new Float32Array(0)) },
      "W1 has 8 rows, which is no multiple of the 0 columns of C",
    ],
    [
      "a flat W1",
      { ...weights, W1: f32([40], new Float32Array(40)) },
      `C is (${vocabulary.size},4) and W1 (40), but both have two axes`,
    ],
    [
      "torch.nn.Linear's (out,in)",
      { ...weights, W2: f32([vocabulary.size, 5], parameters.W2) },
      `tensor W2 is F32 (${vocabulary.size},5), but C and W1 imply floats (5,${vocabulary.size})`,
    ],
    [
      "whole numbers",
      { ...weights, b1: { dtype: "I32", shape: [5], data: new Int32Array(5) } },
      "tensor b1 is I32 (5), but C and W1 imply floats (5)",
    ],
    [
      "NaN",
      { ...weights, b1: f32([5], new Float32Array(5).fill(Number.NaN)) },
      "tensor b1 holds NaN at 0; every weight must be finite",
    ],
    [
      "more than float32 holds",
      { ...weights, b1: { dtype: "F64", shape: [5], data: new Float64Array(5).fill(1e300) } },
      "tensor b1 holds Infinity at 0; every weight must be finite",
    ],
  ])("%s", (_, tensors, reason) => {
    expect(() => decode(tensors)).toThrow(
      new CheckpointError(`cannot use the weights in some.file: ${reason}`),
    );
  });

  it("a checkpoint, which has a vocabulary of its own", () => {
    expect(() => decodeWeights(encodeCheckpoint(run), "some.file", run)).toThrow(
      "cannot use the weights in some.file: it is a checkpoint, with a vocabulary and words of its own; leave --like out",
    );
  });
});
