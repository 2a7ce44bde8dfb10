/** One stop: its text and picture, its lines, and what leads on from it. */
import type { JSX } from "preact";
import { NOTEBOOK } from "../../model/notebook.ts";
import "../../model/notebook.ts?tex";
import { Code } from "../check/code.tsx";
import { FoldingDerivation } from "../derivations/folding.tsx";
import type { Exercise } from "../derivations/index.ts";
import { UntilSolved } from "../derivations/until_solved.tsx";
import { lectureAt } from "../lecture.ts";
import { Prose, Tex } from "../tex/tex.tsx";
import type { Seen } from "./seen.tsx";
import { type Stop, UPDATES } from "./stops.ts";
import "./stops.ts?tex";
import { VIEWS } from "./views.ts";

interface Props extends Seen {
  readonly stop: Stop;
  /** Opens a tensor in the check. */
  readonly lookInside: (tensor: string) => void;
  /** Goes to a gradient's exercise. */
  readonly derive: (gradient: string, exercise: Exercise) => void;
}

export function StopView({ stop, batch, example, lookInside, derive }: Props) {
  const View = VIEWS[stop.name];
  return (
    <>
      <View batch={batch} example={example} />
      {stop.part === "Forward" && <Lines stop={stop} />}
      {stop.part === "Update" && (
        <section class="walk-lines" aria-label="The rule">
          <Tex of={UPDATES[batch.update.rule].formula} display />
          <p class="hint">
            <Prose text={UPDATES[batch.update.rule].says} />
          </p>
        </section>
      )}
      {stop.asked?.map(({ of, exercise }) => (
        <section key={of} class="walk-derivation" aria-labelledby={`derived-${of}`}>
          <h3 id={`derived-${of}`}>
            Where <code>{of}</code> comes from
          </h3>
          <UntilSolved of={of} exercise={exercise} what="the derivation">
            <FoldingDerivation of={of} exercise={exercise} />
          </UntilSolved>
        </section>
      ))}
      <More stop={stop} kernels={batch.kernels} lookInside={lookInside} derive={derive} />
    </>
  );
}

/** The notebook's lines, as formulas and as code. */
function Lines({ stop: { tensors, formula: formulas } }: Pick<Props, "stop">) {
  const lines = tensors.map((name) => NOTEBOOK[name]);
  return (
    <section class="walk-lines" aria-label="In the notebook">
      {(formulas ?? lines.map(({ formula }) => formula)).map((formula) => (
        <Tex key={formula} of={formula} display />
      ))}
      <Code text={lines.map(({ torch }) => torch).join("\n")} language="python" label="PyTorch" />
    </section>
  );
}

type MoreProps = Pick<Props, "stop" | "lookInside" | "derive"> & {
  readonly kernels: Seen["batch"]["kernels"];
};

function More({ stop, kernels, lookInside, derive }: MoreProps) {
  const made = stop.made ? [stop.made] : stop.tensors;
  const used = [...new Set(made.flatMap((name) => kernels[name] ?? []))];
  const link = (name: string, open: () => void) => (
    <button key={name} type="button" class="name" onClick={open}>
      {name}
    </button>
  );
  return (
    <ul class="walk-more">
      {used.length > 0 && (
        <li>
          {used.length > 1 ? "Kernels:" : "Kernel:"}{" "}
          <Listed of={used.map((kernel) => <code key={kernel}>{kernel}</code>)} />
        </li>
      )}
      <li>
        Look inside: <Listed of={stop.tensors.map((name) => link(name, () => lookInside(name)))} />
      </li>
      {stop.asked && (
        <li>
          Derive: <Listed of={stop.asked.map(({ of, exercise }) => link(of, () => derive(of, exercise)))} />
        </li>
      )}
      {stop.lecture && (
        <li>
          <a href={lectureAt(stop.lecture)} rel="noreferrer" target="_blank">
            In the lecture, at {stop.lecture}
          </a>
        </li>
      )}
    </ul>
  );
}

const Listed = ({ of }: { of: readonly JSX.Element[] }) => (
  <>{of.flatMap((item, i) => (i > 0 ? [", ", item] : [item]))}</>
);
