/** The values of the open gradient on the first minibatch: what the lines give, what is right, and the difference. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { LineValues } from "../../exercises/judge.ts";
import { NOTEBOOK_SIZES } from "../../exercises/minibatch.ts";
import { axes, type CmpName, SHAPES } from "../../model/tensors.ts";
import { type Axis, axesOf } from "../check/axes.ts";
import { shapeText } from "../check/numbers.ts";
import { type ShownValues, Values } from "../check/values.tsx";
import type { Exercises, Row } from "./state.ts";

export function TensorValues({ exercises }: { exercises: Exercises }) {
  const found = useSignal<{ id: string; values: ShownValues } | undefined>(undefined);
  /** The row that was judged last for the open gradient; none while it is half-typed, so that the picture does not flicker. */
  const row = useComputed(() => {
    const id = exercises.item.value?.id;
    return exercises.rows.value.find((each) => each.id === id && hasValues(each));
  });
  useSignalEffect(() => {
    const wanted = row.value;
    if (!wanted) {
      found.value = undefined;
      return;
    }
    const stale = () => row.value !== wanted;
    exercises.values(wanted).then(
      (values) => {
        if (values && !stale()) found.value = { id: wanted.id, values: shownValues(wanted.name, values)! };
      },
      // The verdict says what has happened to the judge.
      () => {},
    );
  });
  const shown = found.value;
  if (!row.value || !shown || shown.id !== row.value.id) return null;
  const { values } = shown;
  return (
    <section class="values" aria-labelledby="values-heading">
      <h2 id="values-heading">
        <span class="mono">{values.name}</span> <span class="muted">{shapeText(values.shape)}</span>
      </h2>
      <Values key={shown.id} inspection={values} axes={axesFor(values)} />
    </section>
  );
}

/** Of the notebook's first minibatch, whose characters are `.` and the letters; none where the text gives another shape. */
function axesFor({ name, shape }: ShownValues): readonly Axis[] {
  const symbols = axes(SHAPES[name.slice(1) as CmpName] ?? "");
  const found = axesOf(symbols, NOTEBOOK_SIZES, LETTERS);
  const count = (sizes: readonly number[]) => sizes.reduce((n, a) => n * a, 1);
  return count(found.map((a) => a.count)) === count(shape) ? found : [];
}
const LETTERS = [".", ..."abcdefghijklmnopqrstuvwxyz"];

const hasValues = ({ shape, notYet, verdict }: Row): boolean =>
  shape !== null && !notYet && verdict !== "missing";

function shownValues(name: string, { shape, got, want }: LineValues): ShownValues | undefined {
  if (!got) return undefined;
  let index = 0;
  for (let i = 0; i < got.length; i++)
    if (!(Math.abs(got[i] - want[i]) <= Math.abs(got[index] - want[index]))) index = i;
  return { name, shape, got, want, float64: Float64Array.from(want), ulps: { index } };
}
