/** The notebook's `cmp` of a value on the first minibatch. */
import type { Answers } from "./answers.ts";
import { run } from "./dialect/index.ts";
import { Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { broadcast } from "./equal.ts";
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
  if (!value || !shape || shape.includes(0)) return nothing;
  const { values } = run("difference = mine - right\nsize = right + 0 * mine", {
    given: new Map<string, Value>([
      ["mine", value],
      ["right", right],
    ]),
    asked: new Set(["difference", "size"]),
    precision: "float32",
    onError: "continue",
    ...RUN,
  });
  const [difference, size] = [values.get("difference"), values.get("size")];
  // Truth values have no difference, and some shapes broadcast to more elements than there is room for.
  if (!(difference instanceof Tensor && size instanceof Tensor)) return nothing;
  const [differences, sizes] = [difference.read(), size.read()];
  let [maxdiff, approximate] = [0, true];
  differences.forEach((each, i) => {
    const off = Math.abs(each);
    if (Number.isNaN(off) || off > maxdiff) maxdiff = Number.isNaN(maxdiff) ? maxdiff : off;
    // torch.allclose
    if (!(off <= 1e-8 + 1e-5 * Math.abs(sizes[i]))) approximate = false;
  });
  const exact = differences.every((each) => each === 0);
  return { exact, approximate, maxdiff: Number.isFinite(maxdiff) ? maxdiff : null, shape: [...value.shape] };
}
