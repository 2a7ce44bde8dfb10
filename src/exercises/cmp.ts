/** The notebook's `cmp` of a value on the first minibatch. */
import type { Answers } from "./answers.ts";
import { closeness } from "./dialect/evaluate/cmp.ts";
import { broadcast, expanded, sizeOf, type Tensor } from "./dialect/tensor.ts";
import { RUN } from "./evaluations.ts";
import type { LinesRow } from "./report.ts";
import type { Task } from "./types.ts";

/** Three nulls where the two cannot be compared. */
export function cmp(
  value: Tensor | undefined,
  task: Task,
  { gradients, shown }: Answers,
): Pick<LinesRow, "exact" | "approximate" | "maxdiff" | "shape"> {
  const nothing = { exact: null, approximate: null, maxdiff: null, shape: value ? [...value.shape] : null };
  const right = gradients.get(task.name) ?? shown.right(task).tensor;
  const shape = value && broadcast(value.shape, right.shape);
  // Truth values have no difference, and some shapes broadcast to more elements than there is room for.
  if (!value || !shape || shape.includes(0) || value.dtype === "bool" || sizeOf(shape) > RUN.budget.alive)
    return nothing;
  const [mine, theirs] = [expanded(value, shape)!.read(), expanded(right, shape)!.read()];
  const differences = mine.map((each, i) => Math.fround(each - theirs[i]));
  const { approximate, maxdiff } = closeness(differences, theirs);
  const exact = differences.every((each) => each === 0);
  return { exact, approximate, maxdiff: Number.isFinite(maxdiff) ? maxdiff : null, shape: [...value.shape] };
}
