/** The hints of a gradient, which open one by one; the last is the line. */
import { type Signal, signal } from "@preact/signals";
import { hintsOf } from "../../exercises/hints.ts";
import type { Task } from "../../exercises/types.ts";
import { Code } from "../check/code.tsx";
import type { Language } from "../check/highlight.ts";
import { Sentence } from "./sentence.tsx";

/** How many are open, by exercise and gradient, as long as the page is. */
const opened = new Map<string, Signal<number>>();

function openedOf(key: string): Signal<number> {
  const found = opened.get(key) ?? signal(0);
  opened.set(key, found);
  return found;
}

const LINES = new Set(["the line with a hole", "the line"]);

interface HintsProps {
  readonly task: Task;
  /** Of the gradient and its exercise. */
  readonly id: string;
  /** Whether another one is offered. */
  readonly more: boolean;
}

export function HintsView({ task, id, more }: HintsProps) {
  // The first one, the forward lines, stands above the editor anyway.
  const hints = hintsOf(task).slice(1);
  const code = (title: string) => (LINES.has(title) ? "python" : undefined);
  return <Hints hints={hints} code={code} id={id} more={more} />;
}

interface Props extends Pick<HintsProps, "id" | "more"> {
  readonly hints: readonly { readonly title: string; readonly text: string }[];
  /** The language of a hint that is code. */
  readonly code: (title: string) => Language | undefined;
}

export function Hints({ hints, code, id, more }: Props) {
  const open = openedOf(id);
  const next = more ? hints[open.value] : undefined;
  if (!next && open.value === 0) return null;
  return (
    <section class="hints" aria-label="Hints">
      {open.value > 0 && (
        <ol>
          {hints.slice(0, open.value).map(({ title, text }, i) => (
            <li key={title}>
              <h3>
                Hint {i + 1}: {title}
              </h3>
              {code(title) ? (
                <Code text={text} language={code(title)!} label={`Hint ${i + 1}: ${title}`} />
              ) : (
                <p>
                  <Sentence text={text} explain />
                </p>
              )}
            </li>
          ))}
        </ol>
      )}
      {next && (
        <p class="actions">
          <button
            type="button"
            onClick={() => {
              open.value++;
            }}
          >
            {open.value === 0 ? "A hint" : "Another hint"}
          </button>
          <span class="muted">
            {open.value + 1} of {hints.length}: {next.title}
          </span>
        </p>
      )}
    </section>
  );
}
