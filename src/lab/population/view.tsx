/** The Train tab with several networks. */

import { useRef } from "preact/hooks";
import { pause } from "../actions.ts";
import { valueText } from "../charts/readout.ts";
import { Ask } from "../kept/ask.tsx";
import {
  addressProblem,
  networksProblem,
  note,
  offersCpu,
  pausing,
  phase,
  population,
  problem,
  wordsAsked,
} from "../state.ts";
import { Explained, Term } from "../terms/term.tsx";
import { Blocked, fromForm } from "../train/blocked.tsx";
import { Figure } from "../train/figures.tsx";
import { duration, integer, percent } from "../train/format.ts";
import { useKeptFocus } from "../train/kept_focus.ts";
import { DeviceNote, OfferCpu } from "../train/run_panel.tsx";
import { start, startOrAsk } from "./actions.ts";
import { Chosen } from "./chosen.tsx";
import { Curves } from "./curves.tsx";
import { spreadOf } from "./history.ts";
import { Members } from "./members.tsx";
import { Rates } from "./rates.tsx";
import {
  asking,
  kind,
  looks,
  networkStepsPerSecond,
  other,
  over,
  rows,
  sorted,
  sound,
  total,
  trained,
} from "./state.ts";
import "./population.css";

export function PopulationView() {
  const search = kind.value === "range";
  return (
    <>
      <section aria-labelledby="population-heading" class="run">
        <h2 id="population-heading" class="visually-hidden">
          Networks
        </h2>
        {addressProblem.value && <p role="alert">{addressProblem}</p>}
        <DeviceNote />
        {note.value && (
          <p class="notice" role="status">
            {note}
          </p>
        )}
        <Blocked />
        <Controls />
        {problem.value && <p role="alert">{problem}</p>}
        {offersCpu.value && <OfferCpu />}
        <Progress />
        <Facts />
        <Machinery />
      </section>
      {search && <Rates />}
      <Curves />
      <Members />
      <Chosen />
    </>
  );
}

function Controls() {
  const keptFocus = useKeptFocus();
  const primary = useRef<HTMLButtonElement>(null);
  const running = phase.value === "running" || phase.value === "evaluating";
  const ready =
    phase.value === "idle" && !wordsAsked.value && !networksProblem.value && (!over.value || other.value);
  if (asking.value)
    return (
      <Ask
        question={`Drop the ${integer(rows.value.length)} networks so far? They are not kept: save those you need first.`}
        answers={["Drop them and start", "Keep them"]}
        yes={start}
        over={() => {
          asking.value = false;
          requestAnimationFrame(() => primary.current?.focus());
        }}
      />
    );
  return (
    <div class="actions controls" {...keptFocus}>
      {running ? (
        <button
          ref={primary}
          type="button"
          class="primary"
          aria-disabled={pausing.value}
          onClick={() => pause()}
        >
          {phase.value === "running" ? "Pause" : "Stop"}
        </button>
      ) : (
        <button
          ref={primary}
          type="button"
          class="primary"
          disabled={!ready}
          onClick={() => fromForm(startOrAsk)}
        >
          {trained.value > 0 && !over.value && !other.value ? "Resume" : "Start"}
        </button>
      )}
      {other.value && trained.value > 0 && phase.value === "idle" && (
        <p class="hint">Start trains what the form asks for now, in place of these networks.</p>
      )}
    </div>
  );
}

const SAID = {
  opening: "Opening the device…",
  preparing: "Compiling kernels…",
  running: "Training",
  evaluating: "Looking at each network…",
};

function Progress() {
  const [done, all] = [trained.value, total.value];
  const [now, rate] = [phase.value, networkStepsPerSecond.value];
  const rest = over.value ? "Done" : done > 0 ? "Paused" : "Ready";
  return (
    <div class="progress">
      <progress value={done} max={Math.max(1, all)} aria-label="Share of the steps done" />
      <p>
        <strong role="status">
          {now === "idle" ? rest : pausing.value && now === "running" ? "Pausing…" : SAID[now]}
        </strong>
        {now === "evaluating" ? (
          <span>
            {integer(looks.value.size)} of {integer(rows.value.length)}
          </span>
        ) : (
          all > 0 && <span>{percent(done / all)}</span>
        )}
        {now === "running" && rate > 0 && <span>{duration((all - done) / rate)} left</span>}
      </p>
      <p class="hint">
        These networks are not kept in the browser: the page asks before they are lost. Any of them can be
        saved, or go on alone, and is then kept as every run.
      </p>
    </div>
  );
}

const withSpread = (values: readonly number[]): string => {
  if (values.length === 0) return "–";
  const { mean, deviation } = spreadOf(values);
  return `${valueText(mean, 4)}${deviation === undefined ? "" : ` ± ${valueText(deviation, 4)}`}`;
};

function Facts() {
  const steps = rows.value.filter(({ diverged }) => !diverged).map(({ step }) => step);
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  const of = population.value?.configs[0].steps;
  const losses = sound.value.map(({ loss }) => loss as number);
  const devs = sound.value.flatMap(({ dev, step }) => (dev && dev.step === step ? [dev.devLoss] : []));
  const [best] = sorted(sound.value);
  const lost = rows.value.filter(({ diverged }) => diverged).length;
  return (
    <dl class="figures">
      <Figure term="step">
        {steps.length === 0 ? "–" : least === most ? integer(most) : `${integer(least)} to ${integer(most)}`}{" "}
        {of !== undefined && <small>of {integer(of)}</small>}
      </Figure>
      {kind.value !== "range" && (
        <>
          <Figure term={<Term of="loss">loss</Term>} className="of-spread" note="mean ± deviation">
            {withSpread(losses)}
          </Figure>
          <Figure
            term="dev"
            className="of-spread"
            note={devs.length > 0 ? `of ${devs.length}` : "at the end"}
          >
            {withSpread(devs)}
          </Figure>
        </>
      )}
      <Figure
        term="lowest loss"
        className="of-lowest"
        note={lost > 0 ? `${integer(lost)} diverged` : undefined}
      >
        {best ? (
          <>
            {valueText(best.loss as number, 4)} <small>{best.label}</small>
          </>
        ) : (
          "–"
        )}
      </Figure>
    </dl>
  );
}

function Machinery() {
  const p = population.value;
  if (!p) return <p class="hint machinery">The device’s own figures come here once they train.</p>;
  const rate = networkStepsPerSecond.value;
  return (
    <p class="hint machinery">
      {integer(p.configs.length)} networks of {integer(p.parameters)} parameters ·{" "}
      <Term of="path">{p.path} path</Term>
      {p.note ? (
        <Explained text={p.note.replace(`${p.path} path`, "")} />
      ) : (
        ": all in one dispatch, a workgroup for each"
      )}
      {rate > 0 && ` · ${integer(rate)} network-steps/s`}
    </p>
  );
}
