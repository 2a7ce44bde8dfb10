/** The characters where the network has put them: C on its two principal components. */
import { useMemo } from "preact/hooks";
import { probe, run } from "../state.ts";
import { Term } from "../terms/term.tsx";
import { integer } from "./format.ts";

const SIZE = 300;
const MARGIN = 18;
/** How many characters are drawn, the first of the vocabulary; some alphabets have thousands. */
const MOST = 200;
const VOWELS = new Set("aeiouy");

export function Embedding() {
  const p = probe.value;
  const characters = run.value?.characters;
  return (
    <section aria-labelledby="embedding-heading">
      <h2 id="embedding-heading">Embedding {p && <span class="muted">at step {integer(p.step)}</span>}</h2>
      {p && characters ? (
        <Letters points={p.embedding} characters={characters} />
      ) : (
        <p class="muted">Where the network puts each character.</p>
      )}
      <p class="hint">
        The rows of <code>C</code>, one for each character, along the two directions in which they differ most
        (their <Term of="pca">principal components</Term>). The vowels a, e, i, o, u and y are orange: a
        network that learns puts them near each other.
      </p>
    </section>
  );
}

export function Letters({ points, characters }: { points: Float32Array; characters: readonly string[] }) {
  const scale = useMemo(() => {
    const reach = points.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
    return (x: number) => SIZE / 2 + (x / reach) * (SIZE / 2 - MARGIN);
  }, [points]);
  return (
    <svg
      class="embedding"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label="Characters in two dimensions"
    >
      <path d={`M${SIZE / 2} 0V${SIZE}M0 ${SIZE / 2}H${SIZE}`} />
      {characters.slice(0, MOST).map((character, i) => (
        <text
          key={character}
          x={scale(points[2 * i])}
          y={scale(-points[2 * i + 1])}
          class={VOWELS.has(character) ? "vowel" : undefined}
        >
          {character}
        </text>
      ))}
    </svg>
  );
}
