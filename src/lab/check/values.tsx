/** A tensor's values as a heatmap: what the machine got, what it should be, and the difference. */
import { useSignal } from "@preact/signals";
import { useCallback, useId, useMemo } from "preact/hooks";
import { largest, unravel } from "../../plan/compare.ts";
import { Heatmap, type Tick } from "../charts/heatmap.tsx";
import { Explained } from "../terms/term.tsx";
import { type Axis, nested, sayElement, ticksOf } from "./axes.ts";
import type { Inspection } from "./engine.ts";
import { count, indexText, rough, value } from "./numbers.ts";
import { ulpDistance } from "./ulp.ts";

const CHOICES = ["got", "want", "difference"] as const;
type Choice = (typeof CHOICES)[number];

/** What a picture of values needs to know of a tensor. */
export type ShownValues = Pick<Inspection, "name" | "shape" | "got" | "want" | "float64"> & {
  readonly ulps: Pick<Inspection["ulps"], "index">;
};

interface ValuesProps {
  readonly inspection: ShownValues;
  /** What its axes are, those of length 1 left out. */
  readonly axes?: readonly Axis[];
  /** Told which element the cursor is on. */
  readonly onElement?: (index: number) => void;
}

export function Values({ inspection: i, axes = NO_AXES, onElement }: ValuesProps) {
  const group = useId();
  const choice = useSignal<Choice>("got");
  const difference = useMemo(() => Float64Array.from(i.got, (x, at) => x - i.float64[at]), [i]);
  const off = useCallback((at: number) => difference[at], [difference]);
  const shown = { got: i.got, want: i.want, difference }[choice.value];
  // One scale for both, so that they can be compared.
  const scale = choice.value === "difference" ? finite(difference) : Math.max(finite(i.got), finite(i.want));
  const [rows, columns, sideways] = plane(i.shape);
  const [down, across] = useMemo(() => drawnAxes(axes, rows, columns), [axes, rows, columns]);
  const say = useCallback(
    (at: number) => {
      const apart = ulpDistance(i.got[at], i.want[at]);
      const where = axes.length > 0 ? `, ${sayElement(axes, at)}` : "";
      return `${indexText(i.name, unravel(at, i.shape))}${where}: got ${value(i.got[at])}, want ${value(i.want[at])}, difference ${rough(difference[at])}, ${count(apart)} ${apart === 1 ? "ULP" : "ULPs"}`;
    },
    [i, difference, axes],
  );
  return (
    <>
      <fieldset class="choices">
        <legend class="visually-hidden">Values shown</legend>
        {CHOICES.map((c) => (
          <label key={c}>
            <input
              type="radio"
              name={group}
              checked={choice.value === c}
              onChange={() => {
                choice.value = c;
              }}
            />{" "}
            {c}
          </label>
        ))}
      </fieldset>
      <p class="hint">
        <Explained text="got is what was computed here in float32, want the same in float64." />
      </p>
      {(down ?? across) && (
        <p class="heatmap-names">
          {down && <span>↓ {down.name}</span>} {across && <span>→ {across.name}</span>}
        </p>
      )}
      {largest(shown) === 0 && (!onElement || choice.value === "difference") ? (
        <p class="heatmap-readout">
          {choice.value === "difference" ? "No element differs." : "Every element is 0."}
        </p>
      ) : (
        <Heatmap
          values={shown}
          rows={rows}
          columns={columns}
          scale={scale || 1}
          weight={off}
          start={i.ulps.index}
          label={`${i.name}, ${choice.value}`}
          readout={say}
          format={rough}
          ticks={{
            rows: down && ticksAlong(down, ROW_GAP),
            columns: across && ticksAlong(across, columnGap(across)),
          }}
          onElement={onElement}
        />
      )}
      {sideways && <p class="heatmap-note">A column, drawn as a row.</p>}
    </>
  );
}

const NO_AXES: readonly Axis[] = [];

/** The axis that runs down the picture, and the one across: those that are not the first are drawn as one. */
function drawnAxes(axes: readonly Axis[], rows: number, columns: number): [down?: Axis, across?: Axis] {
  if (rows === 1) return [undefined, axes.length > 0 ? axes.reduce(nested) : undefined];
  const [down, ...rest] = axes;
  return [down, columns > 1 && rest.length > 0 ? rest.reduce(nested) : undefined];
}

/** Pixels between labels: from line to line, and from word to word. */
const ROW_GAP = 12;
const columnGap = ({ tick, count, every }: Axis): number =>
  12 + 7 * Math.max(tick(0).length, tick(every * Math.floor((count - 1) / every)).length);

const ticksAlong =
  (axis: Axis, gap: number) =>
  (size: number): Tick[] =>
    ticksOf(axis, size, gap).map((at) => ({ at, label: axis.tick(at) }));

/** The largest finite magnitude. */
function finite(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i])) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** Rows and columns of the picture: the first axis runs down, all others across. A single column becomes a row. */
function plane(shape: readonly number[]): [rows: number, columns: number, sideways: boolean] {
  const elements = shape.reduce((n, a) => n * a, 1);
  if (shape.length < 2) return [1, elements, false];
  if (shape[0] === elements && elements > 1) return [1, elements, true];
  return [shape[0], elements / shape[0], false];
}
