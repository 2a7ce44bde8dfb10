/** One kept run: what it is, and what can be done with it. */
import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { brokenText } from "../../train/broken.ts";
import { resumeKept, saveKept } from "../actions.ts";
import { Swatch } from "../charts/line_chart.tsx";
import { remove, rename } from "../keep.ts";
import { phase, run } from "../state.ts";
import type { About } from "../storage.ts";
import { integer } from "../train/format.ts";
import { Ask } from "./ask.tsx";
import { lookOf, room, toggle } from "./compare.ts";
import { settingsText } from "./naming.ts";
import { current, elsewhere } from "./state.ts";

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export function Row({ about }: { about: About }) {
  const doing = useSignal<"renaming" | "deleting" | undefined>(undefined);
  const now = about.id === current.value && run.value !== undefined;
  const other = elsewhere.value.has(about.id);
  const again = useRef<HTMLButtonElement>(null);
  const over = () => {
    doing.value = undefined;
    requestAnimationFrame(() => again.current?.focus());
  };
  return (
    <li class={now ? "now" : undefined}>
      <Compare about={about} now={now} />
      <div class="what">
        {doing.value === "renaming" ? <Rename about={about} over={over} /> : <strong>{about.name}</strong>}{" "}
        {now && <span class="mark">this one</span>}
        {other && <span class="mark">open in another tab</span>}
        <Told about={about} />
      </div>
      {doing.value === "deleting" ? (
        <Ask question={`Delete ${about.name}?`} yes={() => remove([about.id])} over={over} />
      ) : (
        <div class="actions">
          {!now && <Resume about={about} other={other} />}
          <button
            type="button"
            ref={again}
            aria-label={`Rename ${about.name}`}
            disabled={doing.value === "renaming"}
            onClick={() => {
              doing.value = "renaming";
            }}
          >
            Rename
          </button>
          {!now && (
            <>
              <button
                type="button"
                aria-label={`Save ${about.name} as a checkpoint`}
                disabled={phase.value !== "idle"}
                onClick={() => saveKept(about.id)}
              >
                Save
              </button>
              <button
                type="button"
                aria-label={`Delete ${about.name}`}
                disabled={other}
                onClick={() => {
                  doing.value = "deleting";
                }}
              >
                Delete
              </button>
            </>
          )}
        </div>
      )}
    </li>
  );
}

/** Whether its curve lies over the current run's. */
function Compare({ about: { id, name }, now }: { about: About; now: boolean }) {
  const look = lookOf(id);
  if (now) return <Swatch property="--accent" />;
  return (
    <label class="compare">
      <input
        type="checkbox"
        checked={look !== undefined}
        disabled={!look && !room.value}
        onChange={() => toggle(id)}
        aria-label={`Compare ${name}`}
      />
      {look ? <Swatch property={look.color} dash={look.dash} /> : <span class="muted">Compare</span>}
    </label>
  );
}

function Told({ about }: { about: About }) {
  const { source, config, step, loss, dev, savedAt, broken = [], changes = [] } = about;
  const numbers = [
    `step ${integer(step)} of ${integer(config.steps)}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(dev === undefined ? [] : [`dev ${dev.toFixed(4)}`]),
  ];
  return (
    <>
      <p class="hint">
        {source.source} · {settingsText(config)}
        {numbers.map((text) => (
          <Fragment key={text}>
            {" "}
            · <span>{text}</span>
          </Fragment>
        ))}{" "}
        · <time dateTime={new Date(savedAt).toISOString()}>{DATE.format(savedAt)}</time>
      </p>
      {broken.length > 0 && <p class="hint bad">Trained {brokenText(broken)}</p>}
      {changes.length > 0 && (
        <p class="hint">
          Settings changed under way:{" "}
          {changes.map(({ step, label }) => `${label} at step ${integer(step)}`).join(", ")}
        </p>
      )}
    </>
  );
}

function Resume({ about: { id, name, step, config }, other }: { about: About; other: boolean }) {
  const text = `${step >= config.steps ? "Show" : "Resume"}${other ? " a copy" : ""}`;
  return (
    <button
      type="button"
      aria-label={`${text}: ${name}`}
      disabled={phase.value !== "idle"}
      onClick={() => resumeKept(id)}
    >
      {text}
    </button>
  );
}

function Rename({ about: { id, name }, over }: { about: About; over: () => void }) {
  const text = useSignal(name);
  const problem = useSignal<string | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const give = async () => {
    try {
      if (text.value.trim() !== name) await rename(id, text.value);
      over();
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  return (
    <form
      class="actions rename"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") over();
      }}
    >
      <input
        ref={input}
        type="text"
        aria-label={`New name of ${name}`}
        aria-invalid={problem.value !== undefined}
        value={text}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <button type="submit">Use this name</button>
      <button type="button" onClick={over}>
        Cancel
      </button>
      {problem.value && <p role="alert">{problem}</p>}
    </form>
  );
}
