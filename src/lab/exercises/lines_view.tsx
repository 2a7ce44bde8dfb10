/** The work on lines: what is asked, the forward pass, the editor with the verdict below it, and the hints. Two views of one text. */
import { useId, useMemo } from "preact/hooks";
import type { Verdict } from "../../exercises/report.ts";
import { FileButton } from "../file_button.tsx";
import { Editor } from "./editor/editor.tsx";
import { Concerned, ForwardPass } from "./forward_pass.tsx";
import { HintsView } from "./hints_view.tsx";
import { says } from "./says.ts";
import { Sentence } from "./sentence.tsx";
import { shapeOfTask } from "./shapes.ts";
import type { Item, LinesSheet } from "./sheets.ts";
import { Solved } from "./solved.tsx";
import type { Exercises } from "./state.ts";
import { Tools } from "./tools.tsx";
import { TrainingView } from "./training_view.tsx";
import { MARKS, type Mark, markOf, sentencesOf } from "./words.ts";

interface Props {
  readonly exercises: Exercises;
  readonly sheet: LinesSheet;
  /** Opens a gradient in the check of the running network. */
  readonly lookInside?: (name: string) => void;
}

export function LinesView({ exercises, sheet, lookInside }: Props) {
  const item = exercises.view.value === "tensor" ? exercises.item.value : undefined;
  const empty = sheet.key === "notebook" && exercises.text.value.trim() === "";
  return (
    <section class="work" aria-labelledby="work-title">
      {!empty && <Bar exercises={exercises} />}
      {item ? <Asked item={item} sheet={sheet} /> : <About sheet={sheet} from={exercises.from.value} />}
      {empty && <Bring exercises={exercises} />}
      {item ? <Concerned lines={item.task.hints.forward} /> : null}
      {!empty && <ForwardPass exercise={item?.exercise ?? sheet.exercise} />}
      <YourLines exercises={exercises} sheet={sheet} item={item} />
      {item && <Help exercises={exercises} item={item} lookInside={lookInside} />}
      {sheet.exercise === 4 && <TrainingView exercises={exercises} />}
    </section>
  );
}

/** The two views, and the way from one gradient to the next. */
function Bar({ exercises }: Pick<Props, "exercises">) {
  const group = useId();
  const { view } = exercises;
  const items = exercises.items.value;
  const at = items.findIndex(({ id }) => id === exercises.item.value?.id);
  const step = (by: 1 | -1) => {
    const to = items[at + by];
    return (
      <button
        type="button"
        disabled={!to}
        aria-label={by < 0 ? "The gradient before" : "The next gradient"}
        title={to?.name}
        onClick={() => exercises.move(by)}
      >
        {by < 0 ? "←" : "→"}
      </button>
    );
  };
  return (
    <div class="work-bar">
      <fieldset class="segments">
        <legend class="visually-hidden">View</legend>
        {(
          [
            ["tensor", "One gradient"],
            ["cell", "Whole cell"],
          ] as const
        ).map(([name, text]) => (
          <label key={name}>
            <input
              type="radio"
              name={group}
              checked={view.value === name}
              onChange={() => {
                view.value = name;
              }}
            />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      {view.value === "tensor" && items.length > 1 && (
        <div class="steps">
          {step(-1)}
          <span class="muted">
            {at + 1} of {items.length}
          </span>
          {step(1)}
        </div>
      )}
    </div>
  );
}

function Asked({ item: { name, group, task }, sheet }: { item: Item; sheet: LinesSheet }) {
  const shape = shapeOfTask(task);
  const [head] = sheet.title.split(":");
  return (
    <header class="asked">
      <p class="muted">
        {head}
        {group !== head.toLowerCase() && `, ${group}`}
      </p>
      <h2 id="work-title" tabIndex={-1}>
        <span class="mono">{name}</span>
        {shape && <span class="shape mono">{shape}</span>}
      </h2>
      <p>
        <Sentence text={task.asked} explain />
      </p>
      {task.given.length > 0 && (
        <p class="hint">From {given(task.given, task.exercise)} and any tensor of the forward pass.</p>
      )}
    </header>
  );
}

/** What the line may use of the gradients; in exercise 3 one of two is enough. */
const given = (names: readonly string[], exercise: number) =>
  names.map((name, i) => (
    <span key={name}>
      {i > 0 && exercise === 3 && "or "}
      <code>{name}</code>
      {i < names.length - 1 && exercise !== 3 ? ", " : " "}
    </span>
  ));

function About({ sheet, from }: { sheet: LinesSheet; from: string | undefined }) {
  return (
    <header class="asked">
      <h2 id="work-title" tabIndex={-1}>
        {sheet.title}
        {from && <span class="muted"> from {from}</span>}
      </h2>
      <p>{sheet.about}</p>
    </header>
  );
}

function Bring({ exercises }: Pick<Props, "exercises">) {
  return (
    <p class="actions">
      <FileButton
        text="Open a notebook…"
        label="Notebook or Python file"
        accept=".ipynb,.py"
        onFile={(file) => exercises.bring(file)}
      />
      <span class="muted">or write or paste your lines below.</span>
    </p>
  );
}

function YourLines({ exercises, sheet, item }: Pick<Props, "exercises" | "sheet"> & { item?: Item }) {
  const hidden = exercises.hidden.value;
  const row = item && hidden ? exercises.rows.value.find(({ id }) => id === item.id) : undefined;
  const said = row && says(row).join(" ");
  const all = exercises.diagnostics.value;
  // What is said of the open gradient stands below the editor, and not twice.
  const diagnostics = useMemo(
    () => all.map((d) => (d.message === said ? { ...d, silent: true } : d)),
    [all, said],
  );
  return (
    <div class={item ? "yours one" : "yours"}>
      <Editor
        // Each has a history of its own: undo never changes lines that are out of sight.
        key={`${sheet.key} ${item?.id ?? ""}`}
        value={exercises.shownText.value}
        language="python"
        label={item ? `Your lines for ${item.name}` : `Your lines, ${sheet.title}`}
        diagnostics={diagnostics}
        hidden={hidden}
        placeholder={sheet.key === "notebook" ? "dlogprobs = torch.zeros_like(logprobs)" : undefined}
        onChange={(text) => exercises.type(text)}
        onCursor={(line) => exercises.cursor(line)}
        onCheck={() => void exercises.check()}
        goTo={item ? undefined : exercises.place.value}
      />
      {item ? <Said exercises={exercises} item={item} /> : <Summary exercises={exercises} />}
      <Tools exercises={exercises} sheet={sheet} check={() => exercises.check()} />
    </div>
  );
}

/** The verdict on the open gradient, in a sentence. */
function Said({ exercises, item }: Pick<Props, "exercises"> & { item: Item }) {
  const row = exercises.rows.value.find(({ id }) => id === item.id);
  const problem = exercises.judgeProblem.value;
  const kept = exercises.progress.value[exercises.key.value]?.[item.id];
  let mark: Mark = MARKS.missing;
  let sentences: readonly string[];
  if (row) {
    mark = markOf(row);
    sentences = sentencesOf(row);
  } else if (kept && kept !== "missing") {
    mark = { ...MARKS[kept as Verdict], tone: kept === "right" ? "good" : "quiet" };
    sentences = [
      "That was the last verdict. Nothing has run since the page was opened: type, or press Check.",
    ];
  } else sentences = ["The verdict comes as you type."];
  return (
    <div class={`said ${mark.tone}`} role="status">
      {problem ? (
        <p class="bad">{problem}</p>
      ) : (
        <p>
          <strong>
            <span aria-hidden="true">{mark.sign}</span> {mark.words[0].toUpperCase() + mark.words.slice(1)}.
          </strong>{" "}
          {sentences.map((text, i) => (
            <span key={text}>
              {i > 0 && " "}
              <Sentence text={text} />
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** How the whole cell stands, in a line. */
function Summary({ exercises }: Pick<Props, "exercises">) {
  const rows = exercises.rows.value;
  const problem = exercises.judgeProblem.value;
  const all = Object.values(MARKS)
    .map(({ words }) => [words, rows.filter((row) => markOf(row).words === words).length] as const)
    .filter(([, n]) => n > 0)
    .map(([words, n]) => `${n} ${words}`)
    .join(", ");
  const judged = exercises.judged.value !== undefined;
  return (
    <div class="said" role="status">
      <p class={problem ? "bad" : undefined}>
        {problem ?? (all || (judged ? "No line here makes a gradient." : "Verdicts come as you type."))}
      </p>
    </div>
  );
}

/** Hints; and once the gradient is right, what is to be learnt from it. */
function Help({ exercises, item, lookInside }: Pick<Props, "exercises" | "lookInside"> & { item: Item }) {
  const row = exercises.rows.value.find(({ id }) => id === item.id);
  const key = exercises.key.value;
  const right = row ? row.verdict === "right" && !row.notYet : exercises.stateOf(key, item.id) === "right";
  const items = exercises.items.value;
  const after = items[items.findIndex(({ id }) => id === item.id) + 1];
  return (
    <>
      <HintsView key={`${key} ${item.id}`} task={item.task} id={`${key} ${item.id}`} more={!right} />
      {right && (
        <Solved
          item={item}
          text={exercises.text.value}
          next={after && { name: after.name, show: () => goOn(exercises) }}
          lookInside={lookInside}
        />
      )}
    </>
  );
}

/** To the next gradient. The button for it is gone then, so the focus goes where the next one begins. */
function goOn(exercises: Exercises): void {
  exercises.move(1);
  requestAnimationFrame(() => document.getElementById("work-title")?.focus());
}
