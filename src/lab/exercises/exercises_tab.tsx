/** The exercises: the list of them, the work on the open one, and its verdicts. */
import { KernelView } from "./kernel_view.tsx";
import type { Kernels } from "./kernels.ts";
import { LinesView } from "./lines_view.tsx";
import { List, Picker } from "./list.tsx";
import { Conflict, Offered } from "./offered.tsx";
import type { Exercises } from "./state.ts";
import { Verdicts } from "./verdicts.tsx";
import "../check/check.css";
import "./exercises.css";

interface ExercisesProps {
  readonly exercises: Exercises;
  readonly kernels: Kernels;
  readonly lookInside?: (name: string) => void;
}

export function ExercisesTab({ exercises, kernels, lookInside }: ExercisesProps) {
  const sheet = exercises.sheet.value;
  return (
    <div class="exercises">
      <List exercises={exercises} />
      <Picker exercises={exercises} />
      <div class="exercise">
        {exercises.unknown.value && <p role="alert">{exercises.unknown}</p>}
        {exercises.problem.value && <p role="alert">{exercises.problem}</p>}
        <Offered exercises={exercises} />
        <Conflict exercises={exercises} />
        {!exercises.loaded.value ? (
          <p role="status">Loading your texts…</p>
        ) : (
          <div class="exercise-columns">
            {sheet.kind === "lines" ? (
              <>
                <LinesView exercises={exercises} sheet={sheet} lookInside={lookInside} />
                <Verdicts exercises={exercises} />
              </>
            ) : (
              <KernelView key={sheet.key} exercises={exercises} kernels={kernels} sheet={sheet} />
            )}
          </div>
        )}
      </div>
    </div>
  );
}
