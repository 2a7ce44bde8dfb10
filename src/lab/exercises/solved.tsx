/** What there is to learn from a gradient that is right: why the line is what it is, and how others write it. */
import { NOTEBOOK } from "../../model/notebook.ts";
import "../../model/notebook.ts?tex";
import { Tex } from "../tex/tex.tsx";
import { OtherWays } from "./other_ways.tsx";
import { Sentence } from "./sentence.tsx";
import type { Item } from "./sheets.ts";

interface SolvedProps {
  readonly item: Item;
  /** The reader's lines, so that the very same are not shown as another way. */
  readonly text: string;
  /** The item after this one, if there is one. */
  readonly next?: { readonly name: string; readonly show: () => void };
  readonly lookInside?: (name: string) => void;
}

export function Solved({ item, text, next, lookInside }: SolvedProps) {
  const { name, task } = item;
  // One step of the chain rule is a line of the notebook; exercises 2 and 3 take several at once.
  const line = task.exercise === 1 ? NOTEBOOK[name] : undefined;
  const others = task.spellings.filter((spelling) => !plain(text).includes(plain(spelling)));
  return (
    <section class="solved" aria-label={`Why ${name} is that`}>
      <h3>Why</h3>
      {line && <Tex of={line.formula} display />}
      <p>
        <Sentence text={line ? line.why : task.hints.rule} />
      </p>
      <OtherWays texts={others} language="python" />
      <p class="actions">
        {next && (
          <button type="button" class="primary" onClick={next.show}>
            Next: {next.name}
          </button>
        )}
        {NOTEBOOK[name] && lookInside && (
          <button type="button" onClick={() => lookInside(name)}>
            Look inside: values and kernels
          </button>
        )}
      </p>
    </section>
  );
}

const plain = (text: string): string => text.replace(/#.*|\s+/g, "");
