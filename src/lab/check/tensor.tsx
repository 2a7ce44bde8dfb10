/** One tensor: its neighbours, formula, PyTorch, values, why it is not exact, its CPU twin and its kernels. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useId, useMemo } from "preact/hooks";
import { FUSED } from "../../model/fused.ts";
import "../../model/fused.ts?tex";
import type { Line } from "../../model/line.ts";
import { NOTEBOOK } from "../../model/notebook.ts";
import "../../model/notebook.ts?tex";
import type { OperationReport } from "../../train/bisect.ts";
import { FoldingDerivation } from "../derivations/folding.tsx";
import { UntilSolved } from "../derivations/until_solved.tsx";
import { derivable } from "../state.ts";
import { Explained } from "../terms/term.tsx";
import { Tex } from "../tex/tex.tsx";
import { axesOf } from "./axes.ts";
import { Code } from "./code.tsx";
import { DifferenceView } from "./difference_view.tsx";
import type { DifferenceReport } from "./differences.ts";
import type { Board, Inspection } from "./engine.ts";
import { explain, ROUNDING, type Verdict } from "./explain.ts";
import { Kernels } from "./kernels_view.tsx";
import { Letters } from "./letters.tsx";
import { Neighbours, Walk } from "./neighbours.tsx";
import { shapeText } from "./numbers.ts";
import { Rules } from "./rules_view.tsx";
import { loadTwin } from "./sources.ts";
import { Values } from "./values.tsx";

interface TensorProps {
  readonly board: Board;
  readonly inspection: Inspection;
  /** The verdict on the operation that makes it, once there is one. */
  readonly operation?: OperationReport;
  readonly open: (name: string | undefined) => void;
  /** Opens a tensor of the chunked step. */
  readonly openChunked: (name: string) => void;
  /** Goes to a gradient's exercise. */
  readonly derive?: (name: string) => void;
  /** The loss's gradient by one element, by finite differences. */
  readonly difference: (name: string, index: number) => Promise<DifferenceReport | undefined>;
}

/** The line that makes a tensor of the fused step, where that is not the notebook's of exercise 1. */
const fusedLine = ({ level }: Board, name: string): Line | undefined =>
  level === "chunked" ? undefined : (FUSED as Readonly<Record<string, Line>>)[name];

/** The line of the notebook that makes a tensor, as the level has it. */
const lineOf = (board: Board, name: string): Line => fusedLine(board, name) ?? NOTEBOOK[name];

/** The exercise that asks for a gradient as the level has it. */
const exerciseOf = ({ level }: Board, name: string): 1 | 2 | 3 =>
  level === "chunked" ? 1 : name === "dlogits" ? 2 : name === "dhprebn" ? 3 : 1;

export function TensorPage(props: TensorProps) {
  const { board, inspection, operation, open, openChunked, derive, difference } = props;
  const { name, shape, making } = inspection;
  const axes = useMemo(
    () => axesOf(inspection.symbols, board.sizes, board.characters),
    [inspection.symbols, board.sizes, board.characters],
  );
  const element = useSignal(0);
  const choose = useCallback(
    (at: number) => {
      element.value = at;
    },
    [element],
  );
  /** The tensor whose gradient there is: this one, or the one that this is the gradient of. */
  const by = [name, name.slice(1)].find((n) => NOTEBOOK[n] && NOTEBOOK[`d${n}`]);
  const known = new Set(board.graph.nodes.map((n) => n.name));
  const gradient = known.has(`d${name}`) ? `d${name}` : undefined;
  const of = inspection.role === "gradient" ? name.slice(1) : undefined;
  return (
    <article class="tensor" aria-labelledby="tensor-name">
      <Walk graph={board.graph} name={name} open={open} />
      <header>
        <h2 id="tensor-name" tabIndex={-1}>
          {name}
        </h2>
        <p>
          {describeRole(inspection)}, {shapeText(shape)}
          {gradient && <Also text="its gradient:" name={gradient} open={open} />}
          {of && <Also text="gradient of" name={of} open={open} />}
          {derive && board.gradients.some((row) => row.name === name) && (
            <>
              {" "}
              ·{" "}
              <button type="button" class="name" onClick={() => derive(name)}>
                derive it yourself
              </button>
            </>
          )}
        </p>
      </header>
      <Neighbours graph={board.graph} name={name} making={making} open={open} />
      <Part title="Formula">
        <Guarded name={name} exercise={exerciseOf(board, name)} what="the formula and its derivation">
          <Tex of={lineOf(board, name).formula} display />
          <p>{lineOf(board, name).why}</p>
          {derivable(name) && <FoldingDerivation of={name} exercise={exerciseOf(board, name)} />}
        </Guarded>
      </Part>
      <Part title="PyTorch">
        <Torch board={board} name={name} known={known} open={open} />
      </Part>
      <Part title="Values">
        {inspection.type === "u32" ? (
          <Letters {...inspection} characters={board.characters} />
        ) : (
          <Values
            key={name}
            inspection={inspection}
            axes={axes}
            onElement={by === undefined ? undefined : choose}
          />
        )}
      </Part>
      <Why board={board} inspection={inspection} operation={operation} />
      {by !== undefined && (
        <Part title="By finite differences">
          <DifferenceView
            key={by}
            name={by}
            shape={shape}
            axes={axes}
            element={element}
            got={inspection.role === "gradient" ? inspection.got : undefined}
            at={board.at}
            ask={difference}
          />
        </Part>
      )}
      {making && board.level !== "single" && <Twin key={making.op} op={making.op} />}
      {making && (
        <Part title="WGSL">
          {board.level === "single" ? (
            <p>The one kernel of the whole step makes it. Its phases stand beside the board.</p>
          ) : (
            <Kernels
              key={making.op}
              making={making}
              backend={inspection.backend}
              openChunked={openChunked}
              guard={(chain) => (
                <Guarded name={name} exercise={exerciseOf(board, name)} what="what it replaces">
                  {chain}
                </Guarded>
              )}
            />
          )}
        </Part>
      )}
    </article>
  );
}

const describeRole = ({ role, type }: Inspection): string =>
  ({
    input: "input",
    parameter: "parameter",
    gradient: "gradient",
    output: "result",
    state: "state",
    activation: type === "u32" ? "indices" : "forward tensor",
  })[role];

function Also({ text, name, open }: { text: string; name: string; open: TensorProps["open"] }) {
  return (
    <>
      {" "}
      · {text}{" "}
      <button type="button" class="name" onClick={() => open(name)}>
        {name}
      </button>
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

interface GuardedProps {
  readonly name: string;
  readonly exercise: 1 | 2 | 3;
  readonly what: string;
  readonly children: ComponentChildren;
}

/** Of a gradient, nothing that gives it away is shown unasked before the reader has solved it. */
const Guarded = ({ name, exercise, what, children }: GuardedProps): ComponentChildren =>
  derivable(name) ? (
    <UntilSolved of={name} exercise={exercise} what={what}>
      {children}
    </UntilSolved>
  ) : (
    children
  );

/** The line that makes the tensor. A gradient also gets the forward lines that use its tensor, any other tensor its gradient's line. */
function Torch({
  board,
  name,
  known,
  open,
}: Pick<TensorProps, "board" | "open"> & { name: string; known: Set<string> }) {
  const isGradient = name.startsWith("d") && known.has(name.slice(1));
  const { edges, nodes } = board.graph;
  const gradients = new Set(nodes.filter((n) => n.role === "gradient").map((n) => n.name));
  // The whole step's one kernel uses everything for its loss.
  const users =
    board.level === "single"
      ? []
      : edges.filter((e) => e.from === name.slice(1) && !gradients.has(e.to)).map((e) => e.to);
  const shown = isGradient
    ? [
        ["Forward, where it is used", users],
        ["Backward", [name]],
      ]
    : [
        ["Forward", [name]],
        ["Backward", known.has(`d${name}`) ? [`d${name}`] : []],
      ];
  return (
    <>
      {(shown as [string, string[]][])
        .filter(([, names]) => names.length > 0)
        .map(([title, names]) => (
          <div key={title}>
            <h4>{title}</h4>
            <Guarded name={names[0]} exercise={exerciseOf(board, names[0])} what="the line">
              <Code
                text={names.map((n) => lineOf(board, n).torch).join("\n")}
                language="python"
                label={`PyTorch, ${title.toLowerCase()}`}
                names={known}
                open={open}
              />
            </Guarded>
          </div>
        ))}
    </>
  );
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  given: "",
  exact: "= Exact.",
  rounding: "≈ Rounding.",
  suspect: "✗ Not rounding.",
  left: "– Left out.",
  pending: "…",
};

function Why({ board, inspection, operation }: Pick<TensorProps, "board" | "inspection" | "operation">) {
  const row = [...board.forward, ...board.gradients].find((r) => r.name === inspection.name);
  const { verdict, sentences } = explain(inspection, board, operation);
  return (
    <Part title={verdict === "exact" || verdict === "given" ? "Exact?" : "Why not exact?"}>
      {sentences.map((sentence, i) => (
        <p key={sentence}>
          {i === 0 && <strong class={`verdict ${verdict}`}>{VERDICTS[verdict]} </strong>}
          <Explained text={sentence} />
        </p>
      ))}
      {row && <Rules inspection={inspection} row={row} />}
      {["rounding", "suspect", "pending"].includes(verdict) && (
        <p class="aside">
          A ULP is the distance from one float32 number to the next, about 10⁻⁷ of the number itself.{" "}
          {ROUNDING}
        </p>
      )}
    </Part>
  );
}

function Twin({ op }: { op: string }) {
  const source = useSignal<{ path: string; text: string } | undefined>(undefined);
  const failure = useSignal("");
  useEffect(() => {
    loadTwin(op).then(
      (loaded) => {
        source.value = loaded;
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
  }, [op, source, failure]);
  return (
    <Part title="CPU twin">
      {source.value ? (
        <>
          <p>
            <code>{op}</code> in <code>{source.value.path}</code>, which every kernel is compared with:
          </p>
          <Code text={source.value.text} language="typescript" label={`CPU twin of ${op}`} />
        </>
      ) : (
        <p role={failure.value ? "alert" : "status"}>{failure.value || "Loading…"}</p>
      )}
    </Part>
  );
}
