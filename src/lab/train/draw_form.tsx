/** Names as the reader asks for them: the options of `sample`, and what comes of them. */
import { signal } from "@preact/signals";
import { SAMPLING_NUMBERS, type SamplingNumber } from "../../train/sampling_options.ts";
import { engine } from "../client.ts";
import { inLabels } from "../settings.ts";
import { run } from "../state.ts";
import type { Drawn, DrawRequest } from "./draw.ts";
import { integer } from "./format.ts";
import { rangeOf } from "./settings_form.tsx";

const NUMBERS = Object.keys(SAMPLING_NUMBERS) as SamplingNumber[];
const CHOICES = { newOnly: "New only: not in the word list", unique: "Unique: none twice" } as const;

/** What the form says; numbers are as absent as their fields are empty. */
const texts = signal<Readonly<Partial<Record<SamplingNumber | "prefix", string>>>>({});
const chosen = signal<Readonly<Partial<Record<keyof typeof CHOICES, boolean>>>>({});
const open = signal(false);
const busy = signal(false);
const problem = signal<string | undefined>(undefined);
/** The last names, and the run that they are of. */
const drawn = signal<(Drawn & { readonly run: number }) | undefined>(undefined);

async function draw(): Promise<void> {
  const id = run.value?.id;
  if (id === undefined || busy.value) return;
  busy.value = true;
  problem.value = undefined;
  const numbers = NUMBERS.filter((key) => texts.value[key]).map((key) => [key, Number(texts.value[key])]);
  const request: DrawRequest = {
    ...chosen.value,
    ...Object.fromEntries(numbers),
    prefix: texts.value.prefix,
  };
  try {
    const names = await engine.draw(request);
    drawn.value = { ...names, run: id };
  } catch (error) {
    problem.value = inLabels((error as Error).message);
  }
  busy.value = false;
}

export function DrawForm() {
  return (
    <details
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>Draw names of your own</summary>
      {open.value && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void draw();
          }}
        >
          <Field name="prefix" label="Prefix" help="what every name begins with" input={{ type: "text" }} />
          {NUMBERS.map((key) => {
            const option = SAMPLING_NUMBERS[key];
            const input = { type: "number", placeholder: String(option.absent), ...rangeOf(option) } as const;
            return <Field key={key} name={key} input={input} {...option} />;
          })}
          {Object.entries(CHOICES).map(([key, label]) => (
            <Choice key={key} name={key as keyof typeof CHOICES} label={label} />
          ))}
          <p class="actions">
            <button type="submit" disabled={!run.value || busy.value}>
              Draw
            </button>
          </p>
          {problem.value && <p role="alert">{problem}</p>}
          <Result />
        </form>
      )}
    </details>
  );
}

function Field(o: {
  name: SamplingNumber | "prefix";
  label: string;
  help: string;
  input: { type: "text" } | ({ type: "number"; placeholder: string } & ReturnType<typeof rangeOf>);
}) {
  const { name, label, help, input } = o;
  const id = `draw-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-describedby={`${id}-hint`}
        value={texts.value[name] ?? ""}
        onInput={(event) => {
          texts.value = { ...texts.value, [name]: event.currentTarget.value };
        }}
      />
      <span class="hint" id={`${id}-hint`}>
        {help}
      </span>
    </div>
  );
}

function Choice({ name, label }: { name: keyof typeof CHOICES; label: string }) {
  return (
    <p>
      <label>
        <input
          type="checkbox"
          checked={chosen.value[name] ?? false}
          onInput={(event) => {
            chosen.value = { ...chosen.value, [name]: event.currentTarget.checked };
          }}
        />{" "}
        {label}
      </label>
    </p>
  );
}

function Result() {
  const d = drawn.value;
  if (!d || d.run !== run.value?.id) return null;
  const known = d.names.filter((n) => n.inTraining).length;
  return (
    <>
      <p aria-live="polite">
        Step {integer(d.step)}, seed {d.seed}: {known} of {integer(d.names.length)} are training words
        {known > 0 && ", underlined"}. {d.note && `${d.note[0].toUpperCase()}${d.note.slice(1)}.`}
      </p>
      <ul class="names">
        {d.names.map(({ name, logProbability, inTraining }, i) => (
          <li
            key={i}
            class={inTraining ? "known" : ""}
            title={`${name}: ln p = ${logProbability.toFixed(2)}${inTraining ? ", a training word" : ""}`}
          >
            {name || "∅"}
          </li>
        ))}
      </ul>
    </>
  );
}
