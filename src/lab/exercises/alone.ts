/** One gradient's lines of a whole text, while they are typed. */
import { linesOfOthers, withStub } from "../../exercises/segments.ts";

export interface Alone {
  readonly text: string;
  /** For each line whether it is another gradient's. */
  readonly hidden: readonly boolean[];
}

/** A text with the lines that make other gradients hidden, and a stub if there is no line of this one. */
export function alone(text: string, name: string, order: readonly string[]): Alone {
  const shown = withStub(text, name, order);
  return { text: shown, hidden: linesOfOthers(shown, name, new Set(order)) };
}

/**
 * The same after an edit. Which lines are hidden does not follow from the new text: a line that has lost its name for a moment would
 * vanish under the cursor. Only lines that are shown can be edited, so those that have changed are shown.
 */
export function edited({ text: before, hidden }: Alone, text: string): Alone {
  const [old, now] = [before.split("\n"), text.split("\n")];
  const shorter = Math.min(old.length, now.length);
  let from = 0;
  while (from < shorter && old[from] === now[from]) from++;
  let same = 0;
  while (same < shorter - from && old.at(-1 - same) === now.at(-1 - same)) same++;
  // Among equal lines, such as empty ones, it cannot be seen which is new: it is one beside lines that are shown.
  const longer = now.length > old.length ? now : old;
  const length = longer.length - same - from;
  const isShown = (line: number): boolean => hidden[line] === false;
  const fits = (): boolean =>
    longer === now ? isShown(from - 1) || isShown(from) : hidden.slice(from, from + length).every((h) => !h);
  if (from + same === shorter)
    for (let at = from; at > 0 && !fits() && longer[at - 1] === longer[at - 1 + length]; at--) {
      from--;
      same++;
    }
  return {
    text,
    hidden: now.map((_, line) => {
      if (line < from) return hidden[line];
      const fromEnd = now.length - line;
      return fromEnd <= same ? hidden[old.length - fromEnd] : false;
    }),
  };
}
