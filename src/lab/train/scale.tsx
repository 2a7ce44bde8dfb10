/** Whether a loss is drawn on a linear or a logarithmic scale. */
import type { Signal } from "@preact/signals";

export function ScaleChoice({ log }: { log: Signal<boolean> }) {
  return (
    <fieldset class="scale">
      <legend class="visually-hidden">Scale of the loss</legend>
      {[false, true].map((value) => (
        <label key={String(value)}>
          <input
            type="radio"
            name="scale"
            checked={log.value === value}
            onChange={() => {
              log.value = value;
            }}
          />{" "}
          {value ? "log" : "linear"}
        </label>
      ))}
    </fieldset>
  );
}
