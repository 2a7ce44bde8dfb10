/** The problem that every contender gets, in a file: initial parameters and minibatches. */
import { readFileSync } from "node:fs";
import { readSafetensors, type TensorData } from "../../src/formats/safetensors.ts";
import { PARAMETERS, type ParameterName, type Sizes } from "../../src/model/tensors.ts";

export interface Problem {
  /** How many there are; what follows is of the first. */
  readonly networks: number;
  readonly sizes: Sizes;
  readonly lr: number;
  readonly parameters: Readonly<Record<ParameterName, TensorData<"F32">>>;
  /** (S,N,T) and (S,N): minibatches, to be used in turn. */
  readonly Xb: TensorData<"I32">;
  readonly Yb: TensorData<"I32">;
}

/** What the first network has of a tensor. */
function first<D extends "F32" | "I32">({ dtype, shape: [M, ...shape], data }: TensorData<D>): TensorData<D> {
  return { dtype, shape, data: data.subarray(0, data.length / M) } as TensorData<D>;
}

export function readProblem(file: string): Problem {
  const { tensors, metadata } = readSafetensors(readFileSync(file));
  const of = <D extends "F32" | "I32">(name: string) => first(tensors.get(name) as TensorData<D>);
  const parameters = Object.fromEntries(PARAMETERS.map((n) => [n, of<"F32">(n)])) as Problem["parameters"];
  const [Xb, Yb] = [of<"I32">("Xb"), of<"I32">("Yb")];
  const [, batch, context] = Xb.shape;
  const [vocabulary, embedding] = parameters.C.shape;
  const sizes = { vocabulary, embedding, context, batch, hidden: parameters.W1.shape[1] };
  const networks = (tensors.get("Xb") as TensorData).shape[0];
  return { networks, sizes, lr: Number(metadata.get("lr")), parameters, Xb, Yb };
}
