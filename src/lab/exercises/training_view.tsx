/** Exercise 4: the network trained with the reader's gradients beside the one trained with the right ones. */
import { LossCurves } from "./loss_curves.tsx";
import type { Exercises } from "./state.ts";

const STEPS = 500;

export function TrainingView({ exercises }: { exercises: Exercises }) {
  const run = exercises.training.value;
  return (
    <section class="beside" aria-labelledby="beside-heading">
      <h3 id="beside-heading">Train with these lines</h3>
      <p>
        The network of the Train tab, trained twice on the same minibatches: with your gradients, and with the
        right ones.
      </p>
      <p class="actions">
        {run?.running ? (
          <button type="button" onClick={() => exercises.stopTraining()}>
            Stop
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => void exercises.train(STEPS)}>
            Train {STEPS} steps
          </button>
        )}
        <span role="status">{run && said(run)}</span>
      </p>
      {run?.problem && <p role="alert">{run.problem}</p>}
      <LossCurves run={run} right="with the right gradients" />
    </section>
  );
}

type Run = NonNullable<Exercises["training"]["value"]>;

function said({ running, right, steps, result }: Run): string {
  if (running) return `Step ${right.length} of ${steps}`;
  if (!result) return "";
  const { firstDifference, diverged, lent } = result;
  const parts = [
    firstDifference
      ? `The first gradient that differs beyond rounding: ${firstDifference.tensor} in step ${firstDifference.step}.`
      : "✓ No gradient differs in any step, but for rounding.",
  ];
  if (diverged !== null) parts.push(`With yours, the loss is no number from step ${diverged} on.`);
  if (lent.length > 0)
    parts.push(
      `The right ones stand in for ${lent.map((name) => `d${name}`).join(", ")}, which your text lacks.`,
    );
  return parts.join(" ");
}
