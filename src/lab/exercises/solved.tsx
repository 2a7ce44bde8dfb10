/** What there is to learn from a gradient that is right: how it is derived, and how others write it. */
import { NOTEBOOK } from "../../model/notebook.ts";
import { Derivation } from "../derivations/derivation.tsx";
import { DERIVATIONS } from "../derivations/index.ts";
import { lineOf } from "../derivations/lines.ts";
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
  const { exercise } = task;
  // The warm-up and the steps of exercise 3 have none: their rule says it all.
  const derived = exercise !== 0 && name in DERIVATIONS[exercise] ? exercise : undefined;
  // A derivation ends in the first of them.
  const spellings = derived ? task.spellings.slice(1) : task.spellings;
  const others = spellings.filter((spelling) => !plain(text).includes(plain(spelling)));
  return (
    <section class="solved" aria-label={`Why ${name} is that`}>
      <h3>Why</h3>
      <p>
        <Sentence text={derived ? lineOf(name, derived).why : task.hints.rule} />
      </p>
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
      {derived && <Derivation of={name} exercise={derived} />}
      <OtherWays texts={others} language="python" />
    </section>
  );
}

const plain = (text: string): string => text.replace(/#.*|\s+/g, "");
