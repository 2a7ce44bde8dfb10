/** Names that the network makes up as it learns. */
import { names } from "../state.ts";
import { integer } from "./format.ts";
import { Name } from "./play/name.tsx";

export function Names() {
  const n = names.value;
  return (
    <section aria-labelledby="names-heading">
      <h2 id="names-heading">Names {n && <span class="muted">at step {integer(n.step)}</span>}</h2>
      {n ? (
        <ul class="names">
          {n.names.map((name, i) => (
            <Name key={i} name={name} />
          ))}
        </ul>
      ) : (
        <p class="muted">Drawn every few seconds, always with the same random numbers.</p>
      )}
    </section>
  );
}
