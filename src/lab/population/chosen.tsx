/** The chosen network: its names, its embedding, and what can be done with it. */
import { inLabels } from "../settings.ts";
import { phase, population } from "../state.ts";
import { Term } from "../terms/term.tsx";
import { Letters } from "../train/embedding.tsx";
import { integer } from "../train/format.ts";
import { Name } from "../train/play/name.tsx";
import { goOnAlone, saveMember } from "./actions.ts";
import { chosen, looks, rows } from "./state.ts";

export function Chosen() {
  const row = rows.value[chosen.value];
  const look = looks.value.get(chosen.value);
  const characters = population.value?.characters;
  const begun = row !== undefined && row.step > 0;
  return (
    <section class="chosen" aria-labelledby="chosen-heading">
      <h2 id="chosen-heading">
        {row ? row.label[0].toUpperCase() + row.label.slice(1) : "The chosen network"}{" "}
        {look && <span class="muted">at step {integer(look.step)}</span>}
      </h2>
      <div class="actions">
        <button type="button" disabled={!begun} onClick={() => saveMember(chosen.value)}>
          Save checkpoint
        </button>
        <button
          type="button"
          disabled={!begun || phase.value !== "idle"}
          onClick={() => goOnAlone(chosen.value)}
        >
          Go on with it alone
        </button>
      </div>
      {row?.diverged && <p class="bad">{inLabels(row.diverged.message)}</p>}
      <h3>Names</h3>
      {look ? (
        <ul class="names">
          {look.names.map((name, i) => (
            <Name key={i} name={name} />
          ))}
        </ul>
      ) : (
        <p class="hint">Drawn every few seconds, always with the same random numbers.</p>
      )}
      <h3>Embedding</h3>
      {look && characters ? (
        <Letters points={look.embedding} characters={characters} />
      ) : (
        <p class="hint">
          Where it puts each character: the rows of <code>C</code> along their two{" "}
          <Term of="pca">principal components</Term>.
        </p>
      )}
    </section>
  );
}
