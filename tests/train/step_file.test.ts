/** Step files: what is read from them, and which are refused. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSafetensors, type TensorData, writeSafetensors } from "../../src/formats/safetensors.ts";
import { CMP, INTERMEDIATES } from "../../src/model/tensors.ts";
import { readStepFile, StepFileError } from "../../src/train/step_file.ts";
import { inBfloat16 } from "../support/halves.ts";

/** vocabulary 3, embedding 2, context 1, hidden 2, batch 2. */
const bytes = readFileSync(new URL("../fixtures/tiny.safetensors", import.meta.url));
const { tensors } = readSafetensors(bytes);

function altered(change: (t: Map<string, TensorData>) => void): Uint8Array {
  const copy = new Map(tensors);
  change(copy);
  return writeSafetensors(copy);
}
const put = (name: string, t: TensorData) => altered((all) => all.set(name, t));
const drop = (name: string) => altered((all) => all.delete(name));
const f32 = (shape: number[]): TensorData => ({
  dtype: "F32",
  shape,
  data: new Float32Array(shape.reduce((n, a) => n * a, 1)),
});
const nan = (shape: number[]): TensorData => {
  const t = f32(shape);
  t.data.fill(Number.NaN as never);
  return t;
};
const i64 = (shape: number[], data: number[]): TensorData => ({
  dtype: "I64",
  shape,
  data: BigInt64Array.from(data, BigInt),
});

describe("a step file", () => {
  it("gives sizes, parameters, minibatch and every value that is in it", () => {
    const { step, expected } = readStepFile(bytes, "tiny");
    expect(step.sizes).toEqual({ vocabulary: 3, context: 1, embedding: 2, hidden: 2, batch: 2 });
    expect(step.parameters.W1).toEqual(tensors.get("W1")?.data);
    expect(Array.from(step.Xb)).toEqual(Array.from(tensors.get("Xb")!.data, Number));
    expect([...expected.keys()].sort()).toEqual(
      ["loss", ...INTERMEDIATES, ...CMP.map((n) => `d${n}`)].sort(),
    );
    expect(expected.get("dW2")).toEqual(tensors.get("grad.W2")!.data);
  });

  it("keeps float32 values as such, since the judge allows for their rounding, and float64 values too", () => {
    const { shape, data } = tensors.get("grad.W2")!;
    const exact = put("grad.W2", { dtype: "F64", shape, data: Float64Array.from(data, Number) });
    expect(readStepFile(bytes, "x").expected.get("dW2")).toBeInstanceOf(Float32Array);
    expect(readStepFile(exact, "x").expected.get("dW2")).toBeInstanceOf(Float64Array);
  });

  it("may have nothing to compare, and indices of 32 bits", () => {
    const file = altered((all) => {
      for (const name of [...all.keys()])
        if (name.startsWith("grad.") || (INTERMEDIATES as string[]).includes(name) || name === "loss")
          all.delete(name);
      all.set("Yb", { dtype: "I32", shape: [2], data: Int32Array.of(2, 0) });
    });
    const { step, expected } = readStepFile(file, "bare");
    expect(expected.size).toBe(0);
    expect(Array.from(step.Yb)).toEqual([2, 0]);
  });

  it("may have the notebook's (H) for a gradient that torch has as (1,H)", () => {
    const { expected } = readStepFile(
      put("grad.bngain", { ...tensors.get("grad.bngain")!, shape: [2] } as TensorData),
      "x",
    );
    expect(expected.get("dbngain")).toHaveLength(2);
  });

  it("may have its parameters in half precision", () => {
    const { step } = readStepFile(inBfloat16(bytes, ["W1"]), "x");
    const W1 = tensors.get("W1")!.data as Float32Array;
    for (const [i, x] of step.parameters.W1.entries())
      expect(Math.abs(x - W1[i])).toBeLessThan(2 ** -7 * Math.abs(W1[i]));
  });

  it.each<[string, Uint8Array, RegExp | string]>([
    [
      "text",
      new TextEncoder().encode("a,b,c\n1,2,3\n"),
      'it is text that begins with "a,b,c\\n1,2,3\\n", and no safetensors file',
    ],
    [
      "a gradient in half precision",
      inBfloat16(bytes, ["grad.W1"]),
      "grad.W1 is BF16, whose own rounding is larger than what is compared; save it as float32",
    ],
    ["no minibatch", drop("Xb"), "it has no tensor Xb; it needs C, W1, b1, W2, b2, bngain, bnbias, Xb, Yb"],
    ["no targets", drop("Yb"), "Yb is absent, but the other tensors imply (2)"],
    ["no parameter", drop("b1"), "b1 is absent, but the other tensors imply (2)"],
    ["flat contexts", put("Xb", i64([2], [0, 1])), "Xb has shape (2), but should have 2 axes"],
    ["another shape of W2", put("W2", f32([3, 2])), "W2 is (3,2), but the other tensors imply (2,3)"],
    [
      "contexts that W1 does not fit",
      put("Xb", i64([2, 2], [0, 1, 1, 0])),
      /^W1 is \(2,2\), but .* imply \(4,2\)$/,
    ],
    ["a token too many", put("Xb", i64([2, 1], [0, 3])), "Xb holds 3 at 1, but C has rows 0 to 2"],
    ["a negative target", put("Yb", i64([2], [-1, 0])), "Yb holds -1 at 0, but C has rows 0 to 2"],
    [
      "half a token",
      put("Yb", { ...f32([2]), data: Float32Array.of(0, 0.5) } as TensorData),
      /^Yb holds 0\.5 at 1/,
    ],
    ["a batch of one", put("Xb", i64([1, 1], [0])), /^its sizes are .* batch 1; .* the batch 2$/],
    [
      "an intermediate of another size",
      put("h", f32([3, 2])),
      "h is (3,2), but the other tensors imply (2,2)",
    ],
    [
      "a gradient of another size",
      put("grad.C", f32([2, 2])),
      "grad.C is (2,2), but the other tensors imply (3,2)",
    ],
    [
      "a shape that fills the screen",
      put("h", f32(new Array(1000).fill(1))),
      /^h is \(1,1,1,1,1,1,1,1,…\), but/,
    ],
    [
      "NaN for a weight",
      put("b2", nan([3])),
      "b2 holds NaN at 0 (as float32); every parameter must be finite",
    ],
    [
      "a weight beyond float32",
      put("b2", { dtype: "F64", shape: [3], data: Float64Array.of(0, 1e39, 0) }),
      "b2 holds Infinity at 1 (as float32); every parameter must be finite",
    ],
    ["a loss per example", put("loss", f32([2])), "loss is (2), but the other tensors imply ()"],
  ])("is refused with %s", (_, file, want) => {
    let message = "it was not refused";
    try {
      readStepFile(file, "some.file");
    } catch (error) {
      expect(error).toBeInstanceOf(StepFileError);
      ({ message } = error as Error);
    }
    const [, reason] = message.match(/^cannot use step file some\.file: (.*)$/) ?? [];
    expect(reason, message).toMatch(want);
    if (typeof want === "string") expect(reason).toBe(want);
  });
});
