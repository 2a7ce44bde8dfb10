/** What a reader can do to a run while it goes on: change its learning rate, and break a gradient to see what that does. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { Breaking } from "../../../exercises/broken.ts";
import { brokenNow } from "../../../train/broken.ts";
import { learningRate } from "../../../train/config.ts";
import { Sentence } from "../../exercises/sentence.tsx";
import { unkept } from "../../kept/state.ts";
import { inLabels } from "../../settings.ts";
import { run, step } from "../../state.ts";
import { Term } from "../../terms/term.tsx";
import { breakGradient, breakings, change, changeable, changing, refused, showBoard } from "./actions.ts";
import "./live.css";

export function Live() {
  return (
    <section class="wide live-changes" aria-labelledby="live-heading">
      <h2 id="live-heading">Change it while it trains</h2>
      <div class="live-columns">
        <Rate />
        <Break />
      </div>
      {refused.value && <p role="alert">{refused}</p>}
    </section>
  );
}

const FACTORS = [
  { label: "÷ 10", of: 0.1 },
  { label: "÷ 2", of: 0.5 },
  { label: "× 2", of: 2 },
  { label: "× 10", of: 10 },
] as const;

/** 0.1 × 0.1 is a little more than 0.01. */
const rounded = (x: number): number => Number(x.toPrecision(6));

function Rate() {
  const r = run.value;
  return (
    <div>
      <h3>
        Learning rate <output>{r ? rounded(learningRate(r.config, step.value)) : "–"}</output>
      </h3>
      <p class="actions">
        {FACTORS.map(({ label, of }) => (
          <button
            key={label}
            type="button"
            aria-label={`Learning rate ${label}`}
            disabled={!changeable.value}
            onClick={() => change({ lr: rounded(r!.config.lr * of) })}
          >
            {label}
          </button>
        ))}
      </p>
      <p class="hint">
        It holds from the next step on, and training does not pause. Other settings that a run may change are
        open in the form.
      </p>
    </div>
  );
}

function Break() {
  const list = useSignal<readonly Breaking[]>([]);
  const chosen = useSignal<string | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const r = run.value;
  const now = brokenNow(r?.broken);
  const open = useSignal(false);
  useSignalEffect(() => {
    // How a mistake reads follows from the network's sizes. The catalogue is long: it comes when it is asked for.
    if (run.value?.id === undefined || !open.value) return;
    breakings().then(
      (all) => {
        list.value = all;
        failure.value = undefined;
      },
      (error: Error) => {
        failure.value = inLabels(error.message);
      },
    );
  });
  const shown = list.value.find((b) => b.id === (now ?? chosen.value)) ?? list.value[0];
  return (
    <details
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>Break a gradient on purpose</summary>
      <p class="hint">
        See what a mistake in one line or kernel does: which rows of the board turn, and where the loss goes.
      </p>
      <div class="break-choice">
        <label for="break">One of the exercises’ mistakes</label>
        <select
          id="break"
          value={shown?.id}
          disabled={!shown || now !== undefined}
          onInput={(event) => {
            chosen.value = event.currentTarget.value;
          }}
        >
          {list.value.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
        {now === undefined ? (
          <button
            type="button"
            disabled={!shown || !changeable.value}
            onClick={() => breakGradient(shown.id)}
          >
            Break it
          </button>
        ) : (
          <button type="button" disabled={changing.value} onClick={() => breakGradient(undefined)}>
            Mend it
          </button>
        )}
      </div>
      {failure.value && <p role="alert">{failure}</p>}
      {shown && (
        <>
          <pre class="break-lines">
            <del>{shown.right}</del>
            <ins>{shown.wrong}</ins>
          </pre>
          <p>
            What the exercises say to whoever writes it: “<Sentence text={shown.says} />”
          </p>
          <p class="hint">
            The step then trains on the <Term of="path">{shown.path} path</Term>, with this in the place of
            the right one.{" "}
            {now === undefined &&
              step.value > 0 &&
              !unkept.value &&
              "The run as it is now stays in the list. "}
            {now !== undefined && r && (
              <button type="button" class="link" onClick={() => showBoard(r)}>
                See which rows of the board turn
              </button>
            )}
          </p>
        </>
      )}
    </details>
  );
}
