/** A tensor of indices into the vocabulary, as the characters that they stand for. */
import { indexText } from "./numbers.ts";

interface LettersProps {
  readonly name: string;
  readonly shape: readonly number[];
  readonly got: ArrayLike<number>;
  readonly want: ArrayLike<number>;
  readonly characters: readonly string[];
}

/** More examples than this are not listed. */
const MOST = 512;

export function Letters({ name, shape, got, want, characters }: LettersProps) {
  const each = shape.slice(1).reduce((n, a) => n * a, 1);
  const listed = Math.min(MOST, shape[0]);
  const letter = (index: number) => characters[index] ?? String(index);
  return (
    <>
      <p class="heatmap-names">
        {each > 1
          ? "Each example's context: the characters before its target, the last on the right. "
          : "One character for each example. "}
        The step has their numbers in the vocabulary.
      </p>
      <ol class="letters" start={0} aria-label={`${name} as characters`}>
        {Array.from({ length: listed }, (_, i) => {
          const places = Array.from({ length: each }, (_, t) => i * each + t);
          const wrong = places.filter((at) => got[at] !== want[at]);
          const numbers = places.map((at) => got[at]).join(", ");
          return (
            <li
              key={i}
              class={wrong.length > 0 ? "wrong" : ""}
              title={`${indexText(name, [i])} = ${numbers}`}
            >
              <span class="letters-at">{i}</span> <code>{places.map((at) => letter(got[at])).join("")}</code>
              {wrong.length > 0 && ` instead of ${places.map((at) => letter(want[at])).join("")}`}
            </li>
          );
        })}
      </ol>
      {listed < shape[0] && (
        <p class="heatmap-note">
          The first {listed} of {shape[0].toLocaleString("en")} examples.
        </p>
      )}
    </>
  );
}
