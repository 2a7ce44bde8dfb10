/** The hidden layer before and after tanh, over the run's first minibatch. */
import { Histogram } from "../charts/histogram.tsx";
import { probe } from "../state.ts";
import { Explained, Term } from "../terms/term.tsx";
import { integer, percent } from "./format.ts";
import { SATURATED } from "./probe.ts";

/** Where tanh saturates. */
const LIMIT = Math.atanh(SATURATED);

export function Activations() {
  const p = probe.value;
  return (
    <section aria-labelledby="activations-heading">
      <h2 id="activations-heading">
        Activations {p && <span class="muted">at step {integer(p.step)}</span>}
      </h2>
      {p ? (
        <>
          <h3>
            <code>hpreact</code> <span class="muted">before tanh</span>
          </h3>
          <Histogram bins={p.hpreact} limit={LIMIT} label="Distribution of hpreact from -5 to 5" />
          <h3>
            <code>h</code>{" "}
            <span class="muted">
              after it: {percent(p.saturated, 1)} <Term of="saturated">saturated</Term>, |h| &gt; {SATURATED}
            </span>
          </h3>
          <Histogram
            bins={p.h}
            limit={SATURATED}
            label={`Distribution of h from -1 to 1, ${percent(p.saturated, 1)} saturated`}
          />
        </>
      ) : (
        <p class="muted">
          <Explained text="The hidden layer's values, and how many of them are saturated." />
        </p>
      )}
    </section>
  );
}
