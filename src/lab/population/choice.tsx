/** What the Train tab trains: one network, several that differ in their seeds, or one for each learning rate. */
import { batch } from "@preact/signals";
import { draft, networks } from "../state.ts";
import { busy } from "../train/settings_form.tsx";
import { defaultsWith } from "../url.ts";
import type { Networks } from "./networks.ts";
import "./choice.css";

const KINDS: readonly { readonly kind: Networks["kind"]; readonly text: string }[] = [
  { kind: "one", text: "One network" },
  { kind: "seeds", text: "Several seeds" },
  { kind: "range", text: "Learning-rate search" },
];

/** Steps that nobody has changed are those that are usual for the kind. */
function choose(kind: Networks["kind"]): void {
  const before = networks.value;
  const after = { ...before, kind };
  batch(() => {
    networks.value = after;
    if (draft.value.steps === defaultsWith(before).steps)
      draft.value = { ...draft.value, steps: defaultsWith(after).steps };
  });
}

export function NetworksChoice() {
  const { kind } = networks.value;
  return (
    <fieldset class="card networks" disabled={busy.value}>
      <legend class="visually-hidden">What is trained</legend>
      <div class="kinds">
        {KINDS.map(({ kind: of, text }) => (
          <label key={of}>
            <input type="radio" name="networks" checked={kind === of} onChange={() => choose(of)} /> {text}
          </label>
        ))}
      </div>
      {kind === "seeds" && <Seeds />}
      {kind === "range" && <Range />}
    </fieldset>
  );
}

function Seeds() {
  return (
    <div class="numbers">
      <label>
        Seeds{" "}
        <input
          type="number"
          min={2}
          max={256}
          inputMode="numeric"
          value={networks.value.seeds}
          onInput={({ currentTarget }) => {
            networks.value = { ...networks.value, seeds: currentTarget.value };
          }}
        />
      </label>
      <p class="hint">
        Networks with the settings below that differ in nothing but their seed: it counts from{" "}
        {draft.value.seed} on. How far their losses lie apart says how sure one loss is.
      </p>
    </div>
  );
}

const PARTS = ["From", "To", "Rates"];

function Range() {
  const parts = networks.value.range.split(":");
  return (
    <div class="numbers">
      {PARTS.map((label, i) => (
        <label key={label}>
          {label}{" "}
          <input
            type="number"
            min={label === "Rates" ? 2 : 0}
            max={label === "Rates" ? 256 : undefined}
            step={label === "Rates" ? 1 : "any"}
            inputMode={label === "Rates" ? "numeric" : "decimal"}
            value={parts[i]}
            onInput={({ currentTarget }) => {
              const range = parts.with(i, currentTarget.value).join(":");
              networks.value = { ...networks.value, range };
            }}
          />
        </label>
      ))}
      <p class="hint">
        A network for each rate, equally far apart on a logarithmic scale. The rate stays as it is to the end:
        learning rate and decay below are not used.
      </p>
    </div>
  );
}
