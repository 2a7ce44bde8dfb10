/** Every setting of a run, as a form. */
import { computed } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { describeSetting, type NumberSetting, SETTINGS } from "../../train/settings.ts";
import { unkept } from "../kept/state.ts";
import { draftOf, FIELDS, type FieldKey, groupsFor, PRESET_BUTTONS, shownOf } from "../settings.ts";
import {
  changes,
  draft,
  fieldProblems,
  phase,
  populating,
  run,
  setup,
  several,
  step,
  wordsAsked,
} from "../state.ts";
import { fieldId, fromForm, startFromForm } from "./blocked.tsx";
import { integer } from "./format.ts";
import { FormGoal } from "./goal.tsx";
import { applyForm, changing, refused } from "./live/actions.ts";

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
      <form
        id="settings"
        // Each field says itself what is wrong with it, and Start says which.
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (several.value) void startSeveral();
          else if (phase.value === "running") void applyForm();
          else startFromForm();
        }}
      >
        <fieldset>
          <legend class="visually-hidden">Settings of the run</legend>
          <Presets />
          <FormGoal />
          {[...groupsFor(draft.value.optimizer)].map(([title, keys]) => (
            <fieldset key={title} class="group">
              <legend>{title}</legend>
              {keys.map((key) => (
                <Field key={key} name={key} />
              ))}
            </fieldset>
          ))}
        </fieldset>
        {/* Enter in a field submits no form without such a button. */}
        <button type="submit" hidden disabled={wordsAsked.value} />
      </form>
      <p class="hint">The page’s address holds these settings: anyone who opens it can train the same run.</p>
      <Changes />
    </details>
  );
}

async function startSeveral(): Promise<void> {
  const { startOrAsk } = await import("../population/actions.ts");
  if (!busy.value) fromForm(startOrAsk);
}

export const busy = computed(() => phase.value !== "idle" && phase.value !== "opening");

/** Whether a setting may change while training goes on. */
function changeable(name: FieldKey): boolean {
  if (phase.value !== "running" || populating.value || !run.value || name === "backend") return false;
  const { fixed } = SETTINGS[name];
  return fixed === undefined || (fixed === "zero" && run.value.config[name] !== 0);
}

function Presets() {
  return (
    <p class="actions presets">
      {PRESET_BUTTONS.map(({ label, config }) => {
        const text = draftOf({ config, backend: "auto" });
        const pressed = Object.entries(shownOf(draft.value)).every(
          ([key, value]) => key === "backend" || text[key as FieldKey] === value,
        );
        const use = () => {
          draft.value = { ...text, backend: draft.value.backend };
        };
        return (
          <button key={label} type="button" aria-pressed={pressed} disabled={busy.value} onClick={use}>
            {label}{" "}
            <span class="muted">
              hidden {integer(config.hidden)}, {integer(config.steps)} steps
            </span>
          </button>
        );
      })}
    </p>
  );
}

function Field({ name }: { name: FieldKey }) {
  const setting = FIELDS[name];
  const id = fieldId(name);
  const wrong = fieldProblems.value[name];
  const set = (text: string) => {
    draft.value = { ...draft.value, [name]: text };
  };
  const named = {
    id,
    name,
    disabled: busy.value && !changeable(name),
    "aria-invalid": wrong !== undefined,
    "aria-describedby": wrong ? `${id}-wrong ${id}-hint` : `${id}-hint`,
  };
  const common = {
    ...named,
    value: draft.value[name],
    onInput: (event: TargetedEvent<HTMLInputElement | HTMLSelectElement>) => set(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{setting.label}</label>
      {setting.type === "choice" ? (
        <select {...common}>
          {setting.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : setting.type === "flag" ? (
        <input
          type="checkbox"
          {...named}
          checked={draft.value[name] === "true"}
          onInput={(event) => set(String(event.currentTarget.checked))}
        />
      ) : setting.type === "character" ? (
        // A character beyond 16 bits counts as two here.
        <input type="text" required maxLength={2} {...common} />
      ) : (
        <input type="number" required {...rangeOf(setting)} {...common} />
      )}
      {wrong && (
        <span class="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
      <span class="hint" id={`${id}-hint`}>
        {describeSetting(setting)}
      </span>
    </div>
  );
}

/** What an input allows. */
export const rangeOf = ({ range: [min, max], type }: Pick<NumberSetting, "range" | "type">) =>
  type === "whole"
    ? ({ min, max, step: 1, inputMode: "numeric" } as const)
    : ({ min, max, step: "any", inputMode: "decimal" } as const);

const OTHER_SCHEDULE =
  "Its steps so far had other learning rates than these settings give: it is not the run that a new start would be.";

/** What Start will do with a changed form. */
function Changes() {
  const { labels, newRun, otherSchedule } = changes.value;
  if (labels.length === 0 || step.value === 0 || several.value) return null;
  const what = `${labels.join(", ")} changed: `;
  if (phase.value === "running" && !newRun) return <Apply what={what} />;
  const so = `The one so far, at step ${integer(step.value)},`;
  const stays = unkept.value
    ? `${so} is lost, since it cannot be kept: save a checkpoint first.`
    : `${so} stays in the list of runs.`;
  return (
    <p class="hint" role="status">
      {what}
      {newRun
        ? `Start begins a new run. ${stays}`
        : `Resume goes on from here as a run of its own. ${stays}${otherSchedule ? ` ${OTHER_SCHEDULE}` : ""}`}
    </p>
  );
}

/** What was changed while training goes on. */
function Apply({ what }: { what: string }) {
  return (
    <div class="notice offer">
      <p role="status">{what}training goes on without, until you apply it.</p>
      <button type="button" disabled={changing.value} onClick={() => applyForm()}>
        Apply
      </button>
      {refused.value && <p role="alert">{refused}</p>}
    </div>
  );
}
