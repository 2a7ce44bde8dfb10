/** Shapes of the tensors at the notebook's sizes, as PyTorch prints them. */
import { NOTEBOOK_SIZES } from "../../exercises/minibatch.ts";
import { WARM_UP } from "../../exercises/tasks/warm_up.ts";
import type { CaseSizes, Task } from "../../exercises/types.ts";
import { CMP, type CmpName, shapeOf } from "../../model/tensors.ts";

const { batch: n, vocabulary, embedding, context, hidden } = NOTEBOOK_SIZES;

/** The names that lines may use for the sizes. */
export const SIZES: CaseSizes = {
  n,
  vocab_size: vocabulary,
  n_embd: embedding,
  block_size: context,
  n_hidden: hidden,
};

/** Of the forward pass, and of the warm-up's. */
const SHAPES: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ["Xb", [n, context]],
  ["Yb", [n]],
  ["loss", []],
  ["logit_argmax", [n]],
  ...CMP.map((name) => [name, shapeOf(name as CmpName, NOTEBOOK_SIZES)] as const),
  ...Object.entries(WARM_UP.drawn).map(([name, shape]) => [name, shape(SIZES)] as const),
  // All that the warm-up makes has a row for each example.
  ...Object.keys(WARM_UP.lines).map((name) => [name, [n, embedding]] as const),
]);

/** The shape of a tensor or of its gradient, e.g. `(32, 27)`; undefined for an unknown name. */
export function shapeOfNamed(name: string): string | undefined {
  const shape = SHAPES.get(name) ?? (name.startsWith("d") ? SHAPES.get(name.slice(1)) : undefined);
  return shape && tuple(shape);
}

/** What a task's line has to make; a step on the way has the shape of what it leads to. */
export const shapeOfTask = ({ name, stepOf }: Task): string | undefined => shapeOfNamed(stepOf ?? name);

function tuple(shape: readonly number[]): string {
  if (shape.length === 0) return "scalar";
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
