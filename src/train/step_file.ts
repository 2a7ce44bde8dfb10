/** Step files: one training step as PyTorch (or another program) computed it, to check against. */
import { show } from "../data/error.ts";
import {
  readSafetensors,
  refusalOf,
  shapeText,
  type TensorData,
  toFloat64,
  writeSafetensors,
} from "../formats/safetensors.ts";
import {
  CMP,
  type CmpName,
  PARAMETERS,
  type ParameterName,
  type Parameters,
  type Sizes,
  shapeOf,
} from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import type { Expected, StepGradients } from "./check.ts";
import { requireStep, type Step } from "./step.ts";

/** Not a step file: which tensor is wrong, and what it should be. */
export class StepFileError extends Error {
  override name = "StepFileError";
}

/**
 * Parameters under the notebook's names, `Xb` (N,T) and `Yb` (N), any intermediates, `loss`, and gradients as
 * `grad.NAME`. All sizes are read from the shapes.
 * @param name what messages call the file
 * @throws StepFileError
 */
export function readStepFile(bytes: Uint8Array, name: string): { step: Step; expected: Expected } {
  try {
    return read(bytes);
  } catch (error) {
    throw new StepFileError(`cannot use step file ${name}: ${refusalOf(error)}`, { cause: error });
  }
}

function read(bytes: Uint8Array): { step: Step; expected: Expected } {
  const { tensors } = readSafetensors(bytes);
  const shape = (key: string, axes: number): number[] => {
    const t = tensors.get(key);
    if (!t)
      throw new StepFileError(`it has no tensor ${key}; it needs ${[...PARAMETERS, "Xb", "Yb"].join(", ")}`);
    if (t.shape.length !== axes)
      throw new StepFileError(`${key} has shape ${shapeText(t.shape)}, but should have ${axes} axes`);
    return t.shape;
  };
  const [batch, context] = shape("Xb", 2);
  const [vocabulary, embedding] = shape("C", 2);
  const [, hidden] = shape("W1", 2);
  const sizes: Sizes = { vocabulary, context, embedding, hidden, batch };
  if (Object.values(sizes).some((n) => n < 1) || batch < 2)
    throw new StepFileError(
      `its sizes are vocabulary ${vocabulary}, context ${context}, embedding ${embedding}, hidden ${hidden}, batch ${batch}; each must be at least 1 and the batch 2`,
    );

  const values = (key: string, want: readonly number[]): Float64Array => {
    const t = tensors.get(key);
    if (!t || t.shape.join() !== want.join())
      throw new StepFileError(
        `${key} is ${t ? shapeText(t.shape) : "absent"}, but the other tensors imply ${shapeText(want)}`,
      );
    return toFloat64(t);
  };
  const indices = (key: string, want: readonly number[]): Uint32Array => {
    const all = values(key, want);
    const bad = all.findIndex((i) => !(Number.isInteger(i) && i >= 0 && i < vocabulary));
    if (bad >= 0)
      throw new StepFileError(`${key} holds ${all[bad]} at ${bad}, but C has rows 0 to ${vocabulary - 1}`);
    return Uint32Array.from(all);
  };
  const floats = (key: ParameterName): Float32Array => {
    const all = Float32Array.from(values(key, shapeOf(key, sizes)));
    const bad = all.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw new StepFileError(
        `${key} holds ${all[bad]} at ${bad} (as float32); every parameter must be finite`,
      );
    return all;
  };
  const parameters = Object.fromEntries(PARAMETERS.map((n) => [n, floats(n)])) as unknown as Parameters;
  const step: Step = { sizes, parameters, Xb: indices("Xb", [batch, context]), Yb: indices("Yb", [batch]) };
  return { step, expected: expectedOf(tensors, sizes) };
}

function expectedOf(tensors: ReturnType<typeof readSafetensors>["tensors"], sizes: Sizes): Expected {
  const expected = new Map<string, ArrayLike<number>>();
  const put = (key: string, as: string, want: readonly number[]) => {
    const t = tensors.get(key);
    if (!t) return;
    if (t.stored)
      throw new StepFileError(
        `${key} is ${t.stored}, whose own rounding is larger than what is compared; save it as float32`,
      );
    // The notebook's manual lines give some (1,H) gradients as (H): the number of elements decides.
    if (t.data.length !== want.reduce((n, a) => n * a, 1))
      throw new StepFileError(
        `${key} is ${shapeText(t.shape)}, but the other tensors imply ${shapeText(want)}`,
      );
    // A Float32Array stays one: its values were rounded, and the judge allows for that.
    expected.set(as, t.data instanceof Float32Array ? t.data : toFloat64(t));
  };
  put("loss", "loss", []);
  for (const name of CMP) {
    if (!isParameter(name)) put(name, name, shapeOf(name, sizes));
    put(`grad.${name}`, `d${name}`, shapeOf(name, sizes));
  }
  return expected;
}

const isParameter = (name: CmpName): boolean => (PARAMETERS as readonly string[]).includes(name);

/**
 * A step file's bytes: {@link readStepFile} gives back what went in, and `check --against` judges by it.
 * @param values the result of `gradients`, or any of a step's values by name: `loss`, `logits`, `dW1`. Those in a `Float32Array` count as rounded
 * @throws MismatchError for a step whose parts do not belong together; StepFileError for a value that is none of a step's, or has another size
 */
export function encodeStepFile(step: Step, values: Expected | StepGradients = new Map()): Uint8Array {
  requireStep(step);
  const { sizes, parameters, Xb, Yb } = step;
  const indices = (shape: number[], data: Uint32Array): TensorData => ({
    dtype: "I64",
    shape,
    data: BigInt64Array.from(data, BigInt),
  });
  const tensors = new Map<string, TensorData>([
    ...PARAMETERS.map((name) => [name, floats(shapeOf(name, sizes), parameters[name])] as const),
    ["Xb", indices([sizes.batch, sizes.context], Xb)],
    ["Yb", indices([sizes.batch], Yb)],
  ]);
  for (const [name, data] of named(values)) {
    const { as, shape } = placeOf(name, sizes);
    if (data?.length !== shape.reduce((n, a) => n * a, 1))
      throw new StepFileError(
        `${name} has ${count(data?.length ?? 0)} elements, but the step's sizes imply the shape ${shapeText(shape)}`,
      );
    tensors.set(as, floats(shape, data));
  }
  return writeSafetensors(tensors);
}

function named(values: Expected | StepGradients): (readonly [name: string, data: ArrayLike<number>])[] {
  if (values instanceof Map) return [...values];
  if (!("gradients" in values))
    throw new StepFileError(
      `the values are ${show(values)}; give what gradients() resolves with, or a Map by name`,
    );
  const { loss, gradients } = values;
  return [["loss", [loss]], ...Object.entries(gradients).map(([name, { data }]) => [name, data] as const)];
}

/** What a value is called in a file, and its shape. */
function placeOf(name: string, sizes: Sizes): { as: string; shape: number[] } {
  if (name === "loss") return { as: name, shape: [] };
  const of = CMP.find((n) => name === n || name === `d${n}`);
  if (of === undefined || (of === name && isParameter(of)))
    throw new StepFileError(
      `${name} is none of a step's values; they are loss, intermediates such as logits, and gradients such as dW1`,
    );
  return { as: of === name ? of : `grad.${of}`, shape: shapeOf(of, sizes) };
}

/** In float32 whatever float32 holds exactly: a reader takes such values to be rounded. */
function floats(shape: number[], values: ArrayLike<number>): TensorData {
  const data = Float32Array.from(values);
  const rounded = values instanceof Float32Array || data.every((x, i) => Object.is(x, values[i]));
  return rounded ? { dtype: "F32", shape, data } : { dtype: "F64", shape, data: Float64Array.from(values) };
}
