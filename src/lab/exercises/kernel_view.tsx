/** The work on a kernel: what is asked, what stands in front of the text, the editor with the verdict below it, the hints. */
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Code } from "../check/code.tsx";
import { Term } from "../terms/term.tsx";
import { Editor } from "./editor/editor.tsx";
import { Hints } from "./hints_view.tsx";
import { KernelCases } from "./kernel_cases.tsx";
import { KernelSolved } from "./kernel_solved.tsx";
import { mathLines, shownDeclarations } from "./kernel_sources.ts";
import { KernelTrainingView } from "./kernel_training.tsx";
import { asSentence, isKernelVerdict, KERNEL_MARKS, kernelSentence, lineOf } from "./kernel_words.ts";
import type { Kernels } from "./kernels.ts";
import { Sentence } from "./sentence.tsx";
import type { KernelSheet } from "./sheets.ts";
import type { Exercises } from "./state.ts";
import { Tools } from "./tools.tsx";
import type { Mark } from "./words.ts";

interface KernelProps {
  readonly exercises: Exercises;
  readonly kernels: Kernels;
  readonly sheet: KernelSheet;
}

export function KernelView(props: KernelProps) {
  const { exercises, kernels, sheet } = props;
  const { key, task } = sheet;
  const { judged } = kernels.of(key);
  const text = exercises.text.value;
  const right = exercises.stateOf(key, task.name) === "right";
  return (
    <>
      <section class="work" aria-labelledby="work-title">
        <Asked sheet={sheet} />
        <NoDevice kernels={kernels} />
        <YourKernel {...props} />
        <Hints hints={task.hints} code={languageOf} id={key} more={!right} />
        {right && <KernelSolved task={task} text={text} target={judged?.target} next={nextOf(props)} />}
      </section>
      <div class="verdicts">
        <KernelCases judged={judged} old={judged !== undefined && judged.text !== text} />
        <KernelTrainingView kernels={kernels} sheet={sheet} />
      </div>
    </>
  );
}

/** The first exercise behind this one that is not solved. */
function nextOf({ exercises, sheet }: KernelProps) {
  const { sheets } = exercises;
  const next = sheets
    .slice(sheets.indexOf(sheet) + 1)
    .find((one) => one.kind === "kernel" && exercises.stateOf(one.key, one.task.name) !== "right");
  return next && { title: next.title, show: () => exercises.show(next.key) };
}

const languageOf = (title: string) => (title.startsWith("the kernel") ? "wgsl" : undefined);

function Asked({ sheet: { title, task } }: Pick<KernelProps, "sheet">) {
  return (
    <header class="asked">
      <p class="muted">{task.name}</p>
      <h2 id="work-title" tabIndex={-1}>
        {title}
      </h2>
      <p>
        <Sentence text={task.asked} explain />
      </p>
      <ul class="math mono" aria-label="The math">
        {mathLines(task).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </header>
  );
}

/** Where there is no WebGPU, texts can be written all the same. */
function NoDevice({ kernels }: Pick<KernelProps, "kernels">) {
  const why = kernels.noDevice.value;
  if (why === undefined) return null;
  return (
    <div class="notice offer">
      <p role="status">
        Kernels cannot run here: {why} You can write them, and the command line judges them; the exercises on
        lines need no device.
      </p>
      <button type="button" onClick={() => kernels.help()}>
        What to do here
      </button>
    </div>
  );
}

function YourKernel({ exercises, kernels, sheet }: KernelProps) {
  const { key, task, title } = sheet;
  const before = useMemo(() => shownDeclarations(task), [task]);
  const check = () => kernels.check(sheet);
  const right = exercises.stateOf(key, task.name) === "right";
  const disabled = kernels.noDevice.value !== undefined;
  return (
    <div class="yours kernel">
      <div class="before">
        <p class="hint">
          <Term of="binding">Bindings</Term> and sizes, which stand in front of your text. Each case has other
          sizes.
        </p>
        <Code text={before} language="wgsl" label="Declarations in front of your text" />
        <p class="hint">
          You choose <code>@workgroup_size(x, y, z)</code>, how many <Term of="invocation">invocations</Term>{" "}
          make a <Term of="workgroup">workgroup</Term>. How many workgroups run:{" "}
          <Sentence text={task.grid.text} />
        </p>
      </div>
      <Editor
        key={key}
        value={exercises.text.value}
        language="wgsl"
        label={`Your kernel, ${title}`}
        diagnostics={kernels.of(key).marks}
        onChange={(text) => exercises.type(text)}
        onCheck={disabled ? undefined : () => void check()}
      />
      <Said exercises={exercises} kernels={kernels} sheet={sheet} />
      <Tools exercises={exercises} sheet={sheet} check={check} disabled={disabled} primary={!right} />
    </div>
  );
}

/** The verdict in a sentence, but for what stands at a line already. */
function Said({ exercises, kernels, sheet: { key, task } }: KernelProps) {
  const { judged, checking, problem } = kernels.of(key);
  if (checking)
    return (
      <Box tone="quiet">
        <p>Checking…</p>
      </Box>
    );
  if (problem)
    return (
      <Box tone="wrong">
        <p class="bad">{asSentence(problem)}</p>
      </Box>
    );
  const kept = exercises.progress.value[key]?.[task.name];
  if (judged) {
    const mark = KERNEL_MARKS[judged.report.verdict];
    const old = judged.text !== exercises.text.value;
    const line = lineOf(judged.report);
    const sentence = <Sentence text={kernelSentence(judged.report)} />;
    return (
      <Box tone={old ? "quiet" : mark.tone}>
        <p>
          <Verdict mark={mark} /> {old && "That was before your last change. "}
          {line === undefined ? (
            sentence
          ) : (
            <>
              See line {line}. <span class="visually-hidden">{sentence}</span>
            </>
          )}
        </p>
      </Box>
    );
  }
  if (isKernelVerdict(kept))
    return (
      <Box tone={kept === "right" ? "good" : "quiet"}>
        <p>
          <Verdict mark={KERNEL_MARKS[kept]} /> That was the last verdict. Nothing has run since the page was
          opened: press Check.
        </p>
      </Box>
    );
  return (
    <Box tone="quiet">
      <p>A kernel runs when you press Check or Train, and at no other time.</p>
    </Box>
  );
}

const Box = ({ tone, children }: { tone: Mark["tone"]; children: ComponentChildren }) => (
  <div class={`said ${tone}`} role="status">
    {children}
  </div>
);

const Verdict = ({ mark: { sign, words } }: { mark: Mark }) => (
  <strong>
    <span aria-hidden="true">{sign}</span> {words[0].toUpperCase() + words.slice(1)}.
  </strong>
);
