/** The runs that the browser keeps: to go on with, to compare, to rename, to save and to delete. */
import { computed, useSignal } from "@preact/signals";
import { remove } from "../keep.ts";
import { integer } from "../train/format.ts";
import { Ask } from "./ask.tsx";
import { Row } from "./row.tsx";
import { current, kept } from "./state.ts";
import "./runs.css";

/** So many are shown at first. */
const FEW = 4;
/** With so many runs, those that hardly began can be deleted together. */
const MANY = 10;
const HARDLY = 100;

const short = computed(() => kept.value.filter(({ id, step }) => step < HARDLY && id !== current.value));

export function Runs() {
  const all = useSignal(false);
  const runs = kept.value.filter(({ id }, i) => all.value || i < FEW || id === current.value);
  const more = kept.value.length - runs.length;
  return (
    <section class="wide kept" aria-labelledby="runs-heading">
      <h2 id="runs-heading">Runs {kept.value.length > 0 && <span class="muted">{summary()}</span>}</h2>
      {kept.value.length === 0 ? (
        <p class="hint">
          Every run is kept here, in this browser, from its first step on: to go on with it after a reload, or
          to lay its curve over another one’s.
        </p>
      ) : (
        <ul>
          {runs.map((about) => (
            <Row key={about.id} about={about} />
          ))}
        </ul>
      )}
      {(more > 0 || kept.value.length >= MANY) && (
        <div class="actions">
          {(more > 0 || all.value) && kept.value.length > FEW && (
            <button
              type="button"
              aria-expanded={all.value}
              onClick={() => {
                all.value = !all.value;
              }}
            >
              {all.value ? "Show fewer" : `Show all ${integer(kept.value.length)} runs`}
            </button>
          )}
          {kept.value.length >= MANY && short.value.length > 0 && <DeleteShort />}
        </div>
      )}
    </section>
  );
}

function summary(): string {
  const bytes = kept.value.reduce((sum, run) => sum + run.bytes, 0);
  const megabytes = Math.max(0.1, bytes / 1e6);
  return `${integer(kept.value.length)} kept in this browser, ${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
}

function DeleteShort() {
  const asking = useSignal(false);
  const ids = short.value.map(({ id }) => id);
  const what = `the ${integer(ids.length)} of fewer than ${HARDLY} steps`;
  if (!asking.value)
    return (
      <button
        type="button"
        onClick={() => {
          asking.value = true;
        }}
      >
        Delete {what}…
      </button>
    );
  return (
    <Ask
      question={`Delete ${what}?`}
      yes={() => remove(ids)}
      over={() => {
        asking.value = false;
      }}
    />
  );
}
