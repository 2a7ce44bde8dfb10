/** Every setting of a run, as a form. */
import type { TargetedEvent } from "preact";
import { type Numeric, RANGES } from "../../train/config.ts";
import { start } from "../actions.ts";
import { draftOf, PRESET_BUTTONS, SETTINGS, type Setting } from "../settings.ts";
import { changes, draft, phase, setup, step } from "../state.ts";
import { integer } from "./format.ts";

export function SettingsForm({ open }: { open: boolean }) {
  const s = setup.value.setup;
  return (
    <details class="card" open={open}>
      <summary>
        <h2>Settings</h2>{" "}
        {s && (
          <span class="muted">
            hidden {s.config.hidden}, {integer(s.config.steps)} steps
          </span>
        )}
      </summary>
      {setup.value.problem && <p role="alert">{setup.value.problem}</p>}
      <form
        id="settings"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <fieldset disabled={phase.value !== "idle" && phase.value !== "opening"}>
          <legend class="visually-hidden">Settings of the run</legend>
          <Presets />
          {SETTINGS.map(({ title, settings }) => (
            <fieldset key={title} class="group">
              <legend>{title}</legend>
              {settings.map((setting) => (
                <Field key={setting.key} setting={setting} />
              ))}
            </fieldset>
          ))}
        </fieldset>
      </form>
      <p class="hint">The page’s address holds these settings: whoever opens it can train the same run.</p>
      <Changes />
    </details>
  );
}

function Presets() {
  return (
    <p class="actions">
      {PRESET_BUTTONS.map(({ label, config }) => {
        const text = draftOf({ config, backend: "auto" });
        const pressed = Object.entries(text).every(
          ([key, value]) => key === "backend" || draft.value[key as Setting["key"]] === value,
        );
        const use = () => {
          draft.value = { ...text, backend: draft.value.backend };
        };
        return (
          <button key={label} type="button" aria-pressed={pressed} onClick={use}>
            {label}{" "}
            <span class="muted">
              {integer(config.hidden)} × {integer(config.steps)}
            </span>
          </button>
        );
      })}
    </p>
  );
}

function Field({ setting: { key, label, hint, choices } }: { setting: Setting }) {
  const id = `setting-${key}`;
  const common = {
    id,
    name: key,
    value: draft.value[key],
    "aria-describedby": `${id}-hint`,
    onInput: (event: TargetedEvent<HTMLInputElement | HTMLSelectElement>) => {
      draft.value = { ...draft.value, [key]: event.currentTarget.value };
    },
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices ? (
        <select {...common}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input type="number" required {...rangeOf(key as Numeric)} {...common} />
      )}
      <span class="hint" id={`${id}-hint`}>
        {hint}
      </span>
    </div>
  );
}

const rangeOf = (key: Numeric) => {
  const { least, most, whole } = RANGES[key];
  return {
    min: least,
    max: most,
    step: whole ? 1 : "any",
    inputMode: whole ? "numeric" : "decimal",
  } as const;
};

/** What Start will make of a changed form. */
function Changes() {
  const { labels, newRun } = changes.value;
  if (labels.length === 0 || step.value === 0) return null;
  const what = `${labels.join(", ")} changed: `;
  return (
    <p class="hint" role="status">
      {what}
      {newRun
        ? `Start begins a new run, and the one at step ${integer(step.value)} is given up.`
        : "Resume goes on with it."}
    </p>
  );
}
