/** The run in figures: those that a learner looks at, and in a line of their own those of the device. */
import type { ComponentChildren } from "preact";
import { valueText } from "../charts/readout.ts";
import { curves, dev, names, run, setup, step, stepsPerSecond } from "../state.ts";
import { Explained, Term } from "../terms/term.tsx";
import { integer } from "./format.ts";

/** What a learner looks at. It is there before the first step too, so that nothing moves when a run begins. */
export function Facts() {
  const loss = curves.value.smoothed.at(-1);
  return (
    <dl class="figures">
      <Figure term="step">
        {integer(step.value)} <small>of {integer(stepsOfRun())}</small>
      </Figure>
      <Figure term={<Term of="loss">loss</Term>} note="smoothed">
        {loss === undefined ? "–" : valueText(loss, 4)}
      </Figure>
      <Dev />
      <Figure term="names" className="of-names">
        {names.value?.names.slice(0, NAMES).join(", ") || "–"}
      </Figure>
    </dl>
  );
}

/** Names among the figures; the others stand in their own list. */
const NAMES = 4;

const stepsOfRun = (): number => (run.value?.config ?? setup.value.setup?.config)?.steps ?? 0;

function Dev() {
  const d = dev.value;
  return (
    <Figure term={<Term of="dev">dev</Term>} note={d && `at step ${integer(d.step)}`} className="of-dev">
      <span
        class={d?.old ? "old" : undefined}
        title={d?.old ? "The network has trained on since" : undefined}
      >
        {d ? valueText(d.loss, 4) : "–"}
      </span>
    </Figure>
  );
}

interface FigureProps {
  readonly term: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly className?: string;
  readonly children: ComponentChildren;
}

export function Figure({ term, note, className, children }: FigureProps) {
  return (
    <div class={className}>
      <dt>
        {term}
        {note && <small>, {note}</small>}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** How the device goes about it. */
export function Machinery() {
  const r = run.value;
  if (!r) return <p class="hint machinery">The device’s own figures come here once it trains.</p>;
  const rate = stepsPerSecond.value;
  return (
    <p class="hint machinery">
      <Explained text={`${integer(r.parameters)} parameters`} /> · <Term of="path">{r.path} path</Term>
      {/* The note says again which path it is. */}
      {r.pathNote && <Explained text={r.pathNote.replace(`${r.path} path`, "")} />}
      {r.dispatchesPerStep > 0 && (
        <Explained text={` · ${Number(r.dispatchesPerStep.toFixed(2))} dispatches a step`} />
      )}
      {r.dev.sampled < r.dev.of &&
        ` · dev while it trains: ${integer(r.dev.sampled)} of ${integer(r.dev.of)} examples`}
      {rate > 0 && ` · ${integer(rate)} steps/s`}
    </p>
  );
}
