/** One tensor: its neighbours, formula, PyTorch, values, why it is not exact, its CPU twin and its kernels. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId } from "preact/hooks";
import { NOTEBOOK } from "../../model/notebook.ts";
import "../../model/notebook.ts?tex";
import type { OperationReport } from "../../train/bisect.ts";
import { Derivation } from "../derivations/derivation.tsx";
import { UntilSolved } from "../derivations/until_solved.tsx";
import { derivable } from "../state.ts";
import { Tex } from "../tex/tex.tsx";
import { Code } from "./code.tsx";
import type { Board, Inspection, KernelText, Making } from "./engine.ts";
import { explain, ROUNDING, type Verdict } from "./explain.ts";
import { Neighbours, Walk } from "./neighbours.tsx";
import { count, shapeText } from "./numbers.ts";
import { loadTwin } from "./sources.ts";
import { Values } from "./values.tsx";

interface TensorProps {
  readonly board: Board;
  readonly inspection: Inspection;
  /** The verdict on the operation that makes it, once there is one. */
  readonly operation?: OperationReport;
  readonly open: (name: string | undefined) => void;
  /** Goes to a gradient's exercise. */
  readonly derive?: (name: string) => void;
}

export function TensorPage({ board, inspection, operation, open, derive }: TensorProps) {
  const { name, shape, making } = inspection;
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
        <Guarded name={name} what="the formula and its derivation">
          <Tex of={NOTEBOOK[name].formula} display />
          <p>{NOTEBOOK[name].why}</p>
          {derivable(name) && <Derived name={name} />}
        </Guarded>
      </Part>
      <Part title="PyTorch">
        <Torch board={board} name={name} known={known} open={open} />
      </Part>
      <Part title="Values">
        <Values key={name} inspection={inspection} />
      </Part>
      <Why board={board} inspection={inspection} operation={operation} />
      {making && <Twin key={making.op} op={making.op} />}
      {making && <Kernels making={making} backend={inspection.backend} />}
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

/** Of a gradient, nothing that gives it away is shown unasked before the reader has solved it. */
const Guarded = ({ name, what, children }: { name: string; what: string; children: ComponentChildren }) =>
  derivable(name) ? (
    <UntilSolved of={name} what={what}>
      {children}
    </UntilSolved>
  ) : (
    <div>{children}</div>
  );

const Derived = ({ name }: { name: string }) => (
  <>
    <h4>Derivation</h4>
    <Derivation of={name} />
  </>
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
  const users = edges.filter((e) => e.from === name.slice(1) && !gradients.has(e.to)).map((e) => e.to);
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
            <Guarded name={names[0]} what="the line">
              <Code
                text={names.map((n) => NOTEBOOK[n].torch).join("\n")}
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

function Why({ board, inspection, operation }: Omit<TensorProps, "open">) {
  const { verdict, sentences } = explain(inspection, board, operation);
  return (
    <Part title={verdict === "exact" || verdict === "given" ? "Exact?" : "Why not exact?"}>
      {sentences.map((sentence, i) => (
        <p key={sentence}>
          {i === 0 && <strong class={`verdict ${verdict}`}>{VERDICTS[verdict]} </strong>}
          {sentence}
        </p>
      ))}
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

function workgroups(grid: readonly number[]): string {
  const all = grid.reduce((n, a) => n * a, 1);
  return all === 1 ? "1 workgroup" : `${count(all)} workgroups (${grid.join(" × ")})`;
}

const lineCount = (kernels: readonly KernelText[]): number =>
  kernels.reduce((n, k) => n + k.wgsl.split("\n").length, 0);

function Kernels({ making, backend }: { making: Making; backend: Inspection["backend"] }) {
  const { plain = [], fast } = making.kernels;
  const onDevice = backend === "gpu";
  return (
    <Part title="WGSL">
      <p>
        The plain kernel, written to be read.{" "}
        {onDevice
          ? "It computed the values above."
          : "A GPU would run it; here the CPU twin computed the values instead."}
      </p>
      <Passes op={making.op} title="plain" kernels={plain} />
      {fast && (
        <details>
          <summary>The fast kernel, {count(lineCount(fast))} lines</summary>
          <p>
            The same math, tuned for speed on {onDevice ? "this device" : "any GPU"} at these sizes. The other
            paths run it wherever they use this operation.
          </p>
          <Passes op={making.op} title="fast" kernels={fast} />
        </details>
      )}
    </Part>
  );
}

/** One kernel after another, as they are dispatched. */
function Passes({ op, title, kernels }: { op: string; title: string; kernels: readonly KernelText[] }) {
  return kernels.map(({ pass, grid, invocations, wgsl }) => (
    <div key={pass}>
      <p>
        {pass && `${pass}: `}
        {workgroups(grid)} of {invocations} {invocations === 1 ? "invocation" : "invocations"}
      </p>
      <Code text={wgsl} language="wgsl" label={`WGSL of ${op}, ${title}${pass && `: ${pass}`}`} />
    </div>
  ));
}
