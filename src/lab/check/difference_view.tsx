/** Checks one element's gradient by finite differences, and shows the steps that were tried. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { unravel } from "../../plan/compare.ts";
import type { Axis } from "./axes.ts";
import { sayElement } from "./axes.ts";
import { reach, verdictOf, whyZero } from "./difference_words.ts";
import { type DifferenceReport, digits, isZero } from "./differences.ts";
import { indexText, rough, value } from "./numbers.ts";

interface DifferenceProps {
  /** The tensor by whose element the loss is differentiated. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly axes: readonly Axis[];
  /** The element, a flat index: the cursor of the picture moves it too. */
  readonly element: Signal<number>;
  /** This machine's gradient, if this is the page that shows it. */
  readonly got?: ArrayLike<number>;
  /** The step that is shown: what was found for another one is dropped. */
  readonly at: unknown;
  readonly ask: (name: string, index: number) => Promise<DifferenceReport | undefined>;
}

export function DifferenceView({ name, shape, axes, element, got, at, ask }: DifferenceProps) {
  const report = useSignal<DifferenceReport | undefined>(undefined);
  const busy = useSignal(false);
  const failure = useSignal("");
  useEffect(() => {
    report.value = undefined;
    failure.value = "";
  }, [name, at, report, failure]);
  const check = async () => {
    busy.value = true;
    failure.value = "";
    try {
      report.value = await ask(name, element.value);
      if (!report.value) failure.value = "A newer board has come in between; check again.";
    } catch (error) {
      failure.value = (error as Error).message;
    }
    busy.value = false;
  };
  const place = unravel(element.value, shape);
  const move = (axis: number, to: number) => {
    if (!Number.isInteger(to) || to < 0 || to >= shape[axis]) return;
    element.value = place.reduce((flat, n, i) => flat * shape[i] + (i === axis ? to : n), 0);
  };
  const r = report.value;
  return (
    <>
      <p>
        Change one element of {name} a little, run the rest of the forward pass, and see what the loss does.
        All of it in float64, on the CPU reference.
      </p>
      <p class="difference-form">
        <span class="difference-element">
          {name}
          {shape.length > 0 && "["}
          {shape.map((size, axis) => (
            <>
              {axis > 0 && ", "}
              <input
                key={axis}
                type="number"
                min={0}
                max={size - 1}
                value={place[axis]}
                aria-label={`Index ${axis + 1} of ${shape.length}, 0 to ${size - 1}`}
                onInput={(event) => move(axis, event.currentTarget.valueAsNumber)}
              />
            </>
          ))}
          {shape.length > 0 && "]"}
        </span>
        {axes.length > 0 && <span class="muted">{sayElement(axes, element.value)}</span>}
        <button type="button" disabled={busy.value} onClick={check}>
          {busy.value ? "Checking…" : "Check this element"}
        </button>
      </p>
      {failure.value && <p role="alert">{failure.value}</p>}
      <div aria-live="polite">{r && <Found report={r} shape={shape} got={got} />}</div>
    </>
  );
}

function Found({
  report: r,
  shape,
  got,
}: {
  report: DifferenceReport;
  shape: readonly number[];
  got?: ArrayLike<number>;
}) {
  const zero = isZero(r);
  const best = r.tried[r.best];
  const element = indexText(r.name, unravel(r.index, shape));
  return (
    <>
      <p>
        <strong>{verdictOf(r)}</strong> {zero ? whyZero(r) : null}
      </p>
      <table class="difference-steps">
        <caption>
          {element} is {value(r.x)}, the loss {value(r.loss)}.
        </caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              step h
            </th>
            <th scope="col" class="number">
              (loss(x + h) − loss(x − h)) / 2h
            </th>
            <th scope="col" class="number">
              digits that agree
            </th>
          </tr>
        </thead>
        <tbody>
          {r.tried.map((d, i) => (
            <tr key={d.h} class={i === r.best ? "best" : ""}>
              <td class="number">{rough(d.h)}</td>
              <td class="number">{Number.isNaN(d.value) ? "no number" : value(d.value)}</td>
              <td class="number">{zero ? "–" : digits(d.value, r.gradient)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">d{r.name} in float64</th>
            <td class="number">{value(r.gradient)}</td>
            <td />
          </tr>
          {got && (
            <tr>
              <th scope="row">d{r.name} here</th>
              <td class="number">{value(got[r.index])}</td>
              <td class="number">{zero ? "–" : digits(got[r.index], best.value)}</td>
            </tr>
          )}
        </tfoot>
      </table>
      <p class="muted">
        With a large step the loss bends in between, with a small one its rounding shows: the step in bold
        agrees best with its neighbours. {reach(r)}
      </p>
      {r.name === "logits" && (
        <p class="muted">
          Where two scores of a row are equally the largest, max has a kink, and one might expect two
          different slopes. There are none: whichever is called the largest, only what is subtracted from the
          whole row changes, and no probability does.
        </p>
      )}
    </>
  );
}
