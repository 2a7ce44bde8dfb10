/** The forward pass to look things up in: the notebook's lines with the shapes of what they make. Nothing here can be edited. */
import { WARM_UP } from "../../exercises/tasks/warm_up.ts";
import { forward } from "../../model/forward.ts";
import { tokenize } from "../check/highlight.ts";
import { SIZES, shapeOfNamed } from "./shapes.ts";

interface Line {
  readonly name: string;
  readonly text: string;
}

const NETWORK: readonly Line[] = Object.entries(forward)
  .filter(([name]) => name !== "Xb" && name !== "Yb")
  .map(([name, { torch }]) => ({ name, text: torch }));

const WARM: readonly Line[] = Object.entries(WARM_UP.lines).map(([name, text]) => ({ name, text }));

const forwardLines = (exercise: number | undefined): readonly Line[] => (exercise === 0 ? WARM : NETWORK);

interface LinesProps {
  readonly lines: readonly Line[];
  readonly label: string;
}

/** Lines of code with a column of shapes. */
function Lines({ lines, label }: LinesProps) {
  return (
    <section class="forward code" aria-label={label}>
      <ul>
        {lines.map(({ name, text }) => (
          <li key={name + text}>
            <code>
              {tokenize(text, "python").map(({ kind, text }) =>
                kind === "other" || kind === "name" ? text : <span class={kind}>{text}</span>,
              )}
            </code>
            <span class="shape">{shapeOfNamed(name)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The lines that a gradient's tensor takes part in. */
export function Concerned({ lines: texts }: { lines: readonly string[] }) {
  const lines = texts.map((text) => ({ name: text.slice(0, text.search(/\W/)), text }));
  return <Lines lines={lines} label="The lines of the forward pass that this gradient goes back through" />;
}

/** All of it, folded. */
export function ForwardPass({ exercise }: { exercise: number | undefined }) {
  return (
    <details class="whole-forward">
      <summary>The whole forward pass, with shapes</summary>
      <p class="hint">
        {exercise === 0 ? (
          <>
            <code>edge</code>, <code>tall</code> and <code>fork</code> are {shapeOfNamed("edge")},{" "}
            <code>shared</code> and <code>slope</code> {shapeOfNamed("slope")}, all of them drawn at random.
          </>
        ) : (
          <>
            Sizes you can use:{" "}
            {Object.entries(SIZES).map(([name, size], i) => (
              <span key={name}>
                {i > 0 && ", "}
                <code>{name}</code> {size}
              </span>
            ))}
            . The parameters, <code>Xb</code> {shapeOfNamed("Xb")} and <code>Yb</code> {shapeOfNamed("Yb")}{" "}
            are there too.
          </>
        )}
      </p>
      <Lines lines={forwardLines(exercise)} label="The forward pass" />
    </details>
  );
}
