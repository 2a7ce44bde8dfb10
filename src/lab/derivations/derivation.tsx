/** How a gradient is derived, step by step, down to the line of code. */
import "../../model/at_once.ts?tex";
import "../../model/notebook.ts?tex";
import { Code } from "../check/code.tsx";
import { Prose, Tex } from "../tex/tex.tsx";
import { DERIVATIONS, type Exercise } from "./index.ts";
import "./index.ts?tex";
import { lettersOf, NOTATION } from "./letters.ts";
import "./letters.ts?tex";
import { lineOf } from "./lines.ts";
import "../check/check.css";
import "./derivations.css";

interface Props {
  /** The gradient, as `dprobs`. */
  readonly of: string;
  readonly exercise?: Exercise;
}

export function Derivation({ of, exercise = 1 }: Props) {
  const { steps, last, traps } = DERIVATIONS[exercise][of];
  const line = lineOf(of, exercise);
  const formulas = [...steps.flatMap(({ formula }) => formula ?? []), line.formula];
  return (
    <div class="derivation">
      <p class="hint">
        <Prose text={NOTATION} /> The letters are <Letters told={lettersOf(formulas)} />
      </p>
      <ol>
        {steps.map(({ say, formula }) => (
          <li key={say}>
            <p>
              <Prose text={say} />
            </p>
            {formula && <Tex of={formula} display />}
          </li>
        ))}
        <li class="result">
          <p>
            <Prose text={last} />
          </p>
          <Tex of={line.formula} display />
          <Code text={line.torch} language="python" label={`The line for ${of}`} />
        </li>
      </ol>
      <p class="traps">{traps.length > 1 ? "Mistakes often made here:" : "A mistake often made here:"}</p>
      <ul>
        {traps.map((text) => (
          <li key={text}>
            <Prose text={text} />
          </li>
        ))}
      </ul>
    </div>
  );
}

const Letters = ({ told }: { readonly told: readonly string[] }) => (
  <>
    {told.map((text, i) => (
      <span key={text}>
        {i > 0 && (i < told.length - 1 ? ", " : " and ")}
        <Prose text={text} />
      </span>
    ))}
    .
  </>
);
