/** The hints of a gradient, which open one by one; the last is the line. */
import { type Signal, signal } from "@preact/signals";
import { hintsOf } from "../../exercises/hints.ts";
import type { Task } from "../../exercises/types.ts";
import { Code } from "../check/code.tsx";
import { Sentence } from "./sentence.tsx";

/** How many are open, by exercise and gradient, as long as the page is. */
const opened = new Map<string, Signal<number>>();

function openedOf(key: string): Signal<number> {
  const found = opened.get(key) ?? signal(0);
  opened.set(key, found);
  return found;
}

const CODE = new Set(["the line with a hole", "the line"]);

/** @param props.id of the gradient and its exercise */
export function HintsView({ task, id }: { task: Task; id: string }) {
  // The first one, the forward lines, stands above the editor anyway.
  const hints = hintsOf(task).slice(1);
  const open = openedOf(id);
  const next = hints[open.value];
  return (
    <section class="hints" aria-label="Hints">
      {open.value > 0 && (
        <ol>
          {hints.slice(0, open.value).map(({ title, text }, i) => (
            <li key={title}>
              <h3>
                Hint {i + 1}: {title}
              </h3>
              {CODE.has(title) ? (
                <Code text={text} language="python" label={`Hint ${i + 1}: ${title}`} />
              ) : (
                <p>
                  <Sentence text={text} />
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
