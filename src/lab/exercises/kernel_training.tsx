/** "Train with it": a network in which the reader's kernel has the place of the reference's, beside one with the reference's. */
import { value } from "../check/numbers.ts";
import type { KernelRun, Kernels } from "./kernels.ts";
import { LossCurves } from "./loss_curves.tsx";
import { Sentence } from "./sentence.tsx";
import type { KernelSheet } from "./sheets.ts";

const STEPS = 500;

interface TrainingProps {
  readonly kernels: Kernels;
  readonly sheet: KernelSheet;
}

export function KernelTrainingView({ kernels, sheet }: TrainingProps) {
  const { value: last } = kernels.run;
  const run = last?.key === sheet.key ? last : undefined;
  return (
    <section class="kernel-training" aria-labelledby="train-heading">
      <h2 id="train-heading">Train with it</h2>
      <p>
        The Train tab's network, trained twice on the same minibatches: once with your kernel in the place of{" "}
        <code>{sheet.task.op}</code>.
      </p>
      <p class="actions">
        {run?.running ? (
          <button type="button" onClick={() => kernels.stop()}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            disabled={kernels.noDevice.value !== undefined}
            onClick={() => void kernels.train(sheet, STEPS)}
          >
            Train {STEPS} steps
          </button>
        )}
        {run?.running && (
          <>
            <progress value={run.right.length} max={run.steps} aria-label="Steps done" />
            <span class="muted">
              {run.right.length} of {run.steps}
            </span>
          </>
        )}
      </p>
      <p role="status">{run && <Sentence text={said(run)} />}</p>
      {run?.problem && <p role="alert">{run.problem}</p>}
      <LossCurves run={run} right="with this project's kernel" />
    </section>
  );
}

function said({ running, right, steps, result, problem }: KernelRun): string {
  if (running) return right.length === 0 ? "Compiling the kernels…" : "";
  if (problem) return "";
  if (!result) return `Stopped after ${right.length} of ${steps} steps.`;
  const { firstDifference: first, ended } = result;
  const parts: string[] = [];
  if (first) {
    const got = first.got === null ? "no number" : value(first.got);
    parts.push(
      `The first difference beyond rounding, on the same inputs: \`${first.tensor}\` in step ${first.step}, where element ${first.index} is ${got}, and ${value(first.want)} is right.`,
    );
  } else if (!ended) parts.push("✓ On the same inputs the two kernels differ in no step, but for rounding.");
  if (ended) parts.push(`In step ${ended.step} your network's training ended: ${ended.message}.`);
  return parts.join(" ");
}
