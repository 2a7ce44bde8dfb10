/** A place to play with the network: type a beginning, and see what it makes of it. Works before the first step and while it trains. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { SAMPLING_NUMBERS, type SamplingNumber } from "../../../train/sampling_options.ts";
import { phase, run, step, tab } from "../../state.ts";
import { integer } from "../format.ts";
import { rangeOf } from "../settings_form.tsx";
import { barsOf, percentText } from "./bars.ts";
import { Name, NamesLegend } from "./name.tsx";
import "./play.css";
import {
  ask,
  CHOICES,
  chosen,
  clearDraws,
  draw,
  drawing,
  drawProblem,
  draws,
  live,
  NUMBERS,
  numbers,
  prefix,
  problem,
  refresh,
  texts,
} from "./state.ts";

/** Those that stand under "More". */
const OTHERS = NUMBERS.filter((key) => key !== "temperature");

export function Play() {
  const place = useRef<HTMLElement>(null);
  /** What nobody looks at costs nothing. */
  const inView = useSignal(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      inView.value = entry.isIntersecting;
    });
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  useSignalEffect(() => {
    // Each of these changes the answer.
    void [run.value?.id, prefix.value, numbers.value, phase.value];
    if (inView.value && run.value) void ask();
  });
  useSignalEffect(() => {
    void step.value;
    if (inView.value && tab.value === "train") refresh();
  });
  return (
    <section class="wide play" ref={place} aria-labelledby="play-heading">
      <h2 id="play-heading">Play: type how a name begins</h2>
      <div class="play-fields">
        <Prefix />
        <Temperature />
      </div>
      <Next />
      <div class="play-names">
        <LiveNames />
        <Draw />
      </div>
    </section>
  );
}

function Prefix() {
  return (
    <div class="play-prefix">
      <label for="draw-prefix">A name begins with</label>
      <span class="play-typed">
        <input
          id="draw-prefix"
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={prefix.value}
          aria-describedby="draw-prefix-problem"
          aria-invalid={problem.value !== undefined}
          onInput={(event) => {
            prefix.value = event.currentTarget.value;
          }}
        />
        <button
          type="button"
          disabled={prefix.value === ""}
          aria-label="Take the last character away"
          title="Take the last character away"
          onClick={() => {
            prefix.value = Array.from(prefix.value).slice(0, -1).join("");
          }}
        >
          ⌫
        </button>
      </span>
      <p id="draw-prefix-problem" role={problem.value ? "alert" : undefined}>
        {problem}
      </p>
    </div>
  );
}

/** A slider for playing, from a quarter to four, and a field for any number that `sample` takes. */
function Temperature() {
  const option = SAMPLING_NUMBERS.temperature;
  const value = numbers.value.temperature ?? 1;
  const set = (text: string) => {
    texts.value = { ...texts.value, temperature: text };
  };
  return (
    <div class="play-temperature">
      <label for="draw-temperature">{option.label}</label>
      <input
        type="range"
        min={-2}
        max={2}
        step={0.1}
        value={Math.log2(value)}
        aria-label={`${option.label}, as a slider`}
        aria-valuetext={String(value)}
        onInput={(event) => set(String(Number((2 ** Number(event.currentTarget.value)).toPrecision(2))))}
      />
      <input
        id="draw-temperature"
        type="number"
        placeholder="1"
        {...rangeOf(option)}
        value={texts.value.temperature ?? ""}
        aria-describedby="draw-temperature-hint"
        onInput={(event) => set(event.currentTarget.value)}
      />
      <p class="hint" id="draw-temperature-hint">
        Below 1 likely characters get likelier, above 1 rare ones do.
      </p>
    </div>
  );
}

/** Spaces can be drawn too. */
const visible = (character: string): string => (character.trim() === "" ? "␣" : character);

function Next() {
  const answer = live.value?.run === run.value?.id ? live.value : undefined;
  const { temperature, topK } = numbers.value;
  const bars = answer && barsOf(answer.next, temperature, topK);
  const highest = bars ? Math.max(...bars.shown.map((b) => b.probability)) : 1;
  const end = answer?.next[0].character;
  return (
    <>
      <h3>
        The next character{" "}
        <span class="muted">
          {bars &&
            bars.of > bars.shown.length &&
            `the ${bars.shown.length} likeliest of ${integer(bars.of)}, `}
          in percent{answer && `, at step ${integer(answer.step)}`}
        </span>
      </h3>
      <ol class="next">
        {bars?.shown.map(({ character, probability }) => {
          const ends = character === end;
          const percent = percentText(probability);
          return (
            <li key={character}>
              <button
                type="button"
                // Typing does the same, and every bar would be a stop on the way through the page.
                tabIndex={-1}
                disabled={ends}
                title={ends ? "The name ends here" : `Append ${visible(character)}`}
                onClick={() => {
                  prefix.value += character;
                }}
              >
                <svg viewBox="0 0 10 60" preserveAspectRatio="none" aria-hidden="true">
                  <rect
                    y={60 - (60 * probability) / highest}
                    width="10"
                    height={(60 * probability) / highest}
                  />
                </svg>
                <span class="letter">{ends ? "end" : visible(character)}</span>
                <span class="percent">
                  {percent}
                  <span class="visually-hidden"> %</span>
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      <p class="hint">Click a bar to append its character.</p>
    </>
  );
}

function LiveNames() {
  const answer = live.value?.run === run.value?.id ? live.value : undefined;
  const begins = answer?.prefix ? `that begin with “${answer.prefix}”` : "of any beginning";
  return (
    <div class="play-live">
      <h3>
        Names <span class="muted">{answer && `${begins}, at step ${integer(answer.step)}`}</span>
      </h3>
      <ul class="names">
        {answer?.names.map(({ name, inTraining }, i) => (
          <Name key={i} name={name} known={inTraining} />
        ))}
      </ul>
      <p class="hint">
        Always from the same random numbers: what changes is the network. <NamesLegend />
      </p>
    </div>
  );
}

function Draw() {
  const all = draws.value;
  return (
    <form
      class="play-draw"
      onSubmit={(event) => {
        event.preventDefault();
        void draw();
      }}
    >
      <p class="actions">
        <button type="submit" disabled={!run.value || drawing.value}>
          {all.length === 0 ? "Draw names" : "Draw more"}
        </button>
        {all.length > 0 && (
          <button type="button" onClick={clearDraws}>
            Clear
          </button>
        )}
      </p>
      <details>
        <summary>How they are drawn</summary>
        <div class="play-others">
          {OTHERS.map((key) => (
            <NumberField key={key} name={key} />
          ))}
        </div>
        {Object.entries(CHOICES).map(([key, label]) => (
          <Choice key={key} name={key as keyof typeof CHOICES} label={label} />
        ))}
        <p class="hint">
          As <code>sample</code> draws them in the terminal: the same seed gives the same names on one device.
        </p>
      </details>
      {drawProblem.value && <p role="alert">{drawProblem}</p>}
      <div aria-live="polite">
        {all.map((d) => {
          const known = d.names.filter((n) => n.inTraining).length;
          return (
            <div key={d.seed} class="play-drawn">
              <p class="hint">
                At step {integer(d.step)}, seed {d.seed}: {known} of {integer(d.names.length)} are training
                words. {d.note && `${d.note[0].toUpperCase()}${d.note.slice(1)}.`}
              </p>
              <ul class="names">
                {d.names.map(({ name, logProbability, inTraining }, i) => (
                  <Name key={i} name={name} known={inTraining === true} logProbability={logProbability} />
                ))}
              </ul>
            </div>
          );
        })}
      </div>
    </form>
  );
}

function NumberField({ name }: { name: SamplingNumber }) {
  const option = SAMPLING_NUMBERS[name];
  const id = `draw-${name}`;
  return (
    <div class="field">
      <label for={id}>{option.label}</label>
      <input
        type="number"
        placeholder={String(option.absent)}
        {...rangeOf(option)}
        id={id}
        aria-describedby={`${id}-hint`}
        value={texts.value[name] ?? ""}
        onInput={(event) => {
          texts.value = { ...texts.value, [name]: event.currentTarget.value };
        }}
      />
      <span class="hint" id={`${id}-hint`}>
        {option.help}
      </span>
    </div>
  );
}

function Choice({ name, label }: { name: keyof typeof CHOICES; label: string }) {
  const id = useId();
  return (
    <p>
      <input
        id={id}
        type="checkbox"
        checked={chosen.value[name] ?? false}
        onInput={(event) => {
          chosen.value = { ...chosen.value, [name]: event.currentTarget.checked };
        }}
      />{" "}
      <label for={id}>{label}</label>
    </p>
  );
}
