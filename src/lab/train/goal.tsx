/** The losses that a preset is known to reach, and what it takes to reach them. */
import { useNotebook } from "../data/actions.ts";
import { type Goal as GoalData, goalOf } from "../settings.ts";
import { run, runWords, setup, words, wordsBusy } from "../state.ts";
import { integer } from "./format.ts";

/** Under the presets: the word list that goes with the settings is a click away. */
export function FormGoal() {
  const goal = setup.value.setup && goalOf(setup.value.setup.config);
  if (!goal) return null;
  const there = words.value === "notebook";
  return (
    <div class="goal">
      <p class="hint">
        {there ? "With these seeds and words, " : "With these seeds and the notebook’s word list, "}
        <Reached goal={goal} steps={setup.value.setup?.config.steps} />
      </p>
      {!there && (
        <button
          type="button"
          disabled={wordsBusy.value}
          title="Fetches names.txt (228 kB) from the makemore repository and checks its SHA-256"
          onClick={() => useNotebook()}
        >
          Take the notebook’s list
        </button>
      )}
    </div>
  );
}

/** Beside the losses of a run that has the same settings and words. */
export function RunGoal() {
  const r = run.value;
  // What was changed while it ran is not in its settings.
  const asSet = r && r.changes.length === 0 && r.broken.length === 0;
  const goal = asSet && runWords.value === "notebook" && goalOf(r.config);
  if (!goal) return null;
  return (
    <p class="hint">
      With the same words and seeds, <Reached goal={goal} steps={r.config.steps} />
    </p>
  );
}

const Reached = ({ goal: { by, train, dev }, steps = 0 }: { goal: GoalData; steps?: number }) => (
  <>
    {by} reaches train {train.toFixed(4)}, dev {dev.toFixed(4)} after {integer(steps)} steps.
  </>
);
