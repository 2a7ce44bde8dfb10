/** The whole step's one kernel, phase by phase. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { phasesOf } from "../../model/single/phases.ts";
import { Explained } from "../terms/term.tsx";
import { Code } from "./code.tsx";
import type { Board } from "./engine.ts";
import { Unrolled, workgroups } from "./kernels_view.tsx";
import { count } from "./numbers.ts";

const CHOICES = { trains: "as it trains", judged: "as it was judged" } as const;
type Choice = keyof typeof CHOICES;

export function WholeStep({
  whole,
  backend,
}: { whole: NonNullable<Board["whole"]> } & Pick<Board, "backend">) {
  const group = useId();
  const choice = useSignal<Choice>("trains");
  const { wgsl, grid, invocations } = whole[choice.value];
  return (
    <div class="whole-step">
      <h3>One kernel, phase by phase</h3>
      <p>
        <Explained
          text={`${workgroups(grid)} of ${invocations} invocations takes up to 64 steps in one dispatch, with barriers between the phases. Nothing in between leaves it, so the board has the loss and the seven gradients only.${
            backend === "cpu"
              ? " A GPU would run it; here the CPU twin, which is the fused step, computed the values."
              : ""
          }`}
        />
      </p>
      <fieldset class="choices">
        <legend class="visually-hidden">Text shown</legend>
        {(Object.keys(CHOICES) as Choice[]).map((c) => (
          <label key={c}>
            <input
              type="radio"
              name={group}
              checked={choice.value === c}
              onChange={() => {
                choice.value = c;
              }}
            />{" "}
            {CHOICES[c]}
          </label>
        ))}
      </fieldset>
      <p class="muted">
        The two differ in what is done with a gradient: a parameter is updated by it, or it takes the
        parameter's place, so that it can be judged.
      </p>
      <Unrolled wgsl={wgsl} />
      <ol class="phases">
        {phasesOf(wgsl).map(({ title, says, line, text }) => (
          <li key={title}>
            <details>
              <summary>
                {title} <small>{count(text.split("\n").length)} lines</small>
              </summary>
              <p>{says}</p>
              <Code text={text} language="wgsl" label={`WGSL, ${title}`} from={line} />
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}
