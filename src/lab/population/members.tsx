/** The networks in a table, the one with the lowest loss first. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { valueText } from "../charts/readout.ts";
import { phase } from "../state.ts";
import { Term } from "../terms/term.tsx";
import { integer } from "../train/format.ts";
import { choose } from "./actions.ts";
import { chosen, kind, type Row, rows, sorted } from "./state.ts";

/** Milliseconds between two orders while they train. */
const EVERY = 3000;

/** The order of the networks, which does not change under a reader's hand. */
const order = signal<readonly number[]>([]);

export function Members() {
  const table = useRef<HTMLDivElement>(null);
  const held = useRef(false);
  const arrange = () => {
    const inside = table.current?.contains(document.activeElement);
    if (!held.current && !inside) order.value = sorted(rows.peek()).map(({ member }) => member);
  };
  useEffect(() => {
    arrange();
    if (phase.value !== "running") return;
    const timer = setInterval(arrange, EVERY);
    return () => clearInterval(timer);
  }, [phase.value, rows.value.length]);
  const all = rows.value;
  const ordered = order.value.length === all.length ? order.value.map((member) => all[member]) : all;
  const seeds = kind.value !== "range";
  return (
    <section class="members" aria-labelledby="members-heading">
      <h2 id="members-heading">
        Networks {all.length > 0 && <span class="muted">{integer(all.length)}, the lowest loss first</span>}
      </h2>
      {all.length === 0 ? (
        <p class="hint">Each with its loss, to be shown, saved, or trained on alone.</p>
      ) : (
        <div
          class="scroll"
          ref={table}
          onPointerEnter={() => {
            held.current = true;
          }}
          onPointerLeave={() => {
            held.current = false;
          }}
        >
          <table>
            <thead>
              <tr>
                <th scope="col">{seeds ? "seed" : "rate"}</th>
                <th scope="col">step</th>
                <th scope="col">
                  <Term of="loss">loss</Term>
                </th>
                {seeds && <th scope="col">dev</th>}
                <th scope="col">
                  <span class="visually-hidden">state</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {ordered.map((row) => (
                <Line key={row.member} row={row} seeds={seeds} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Line({ row, seeds }: { row: Row; seeds: boolean }) {
  const { member, label, step, loss, dev, diverged } = row;
  return (
    <tr class={chosen.value === member ? "now" : undefined}>
      <th scope="row">
        <label>
          <input
            type="radio"
            name="member"
            aria-label={label}
            checked={chosen.value === member}
            onChange={() => choose(member)}
          />{" "}
          {label.split(" ")[1]}
        </label>
      </th>
      <td>{integer(step)}</td>
      <td>{loss === undefined ? "–" : valueText(loss, 4)}</td>
      {seeds && (
        <td class={dev && dev.step < step ? "old" : undefined}>{dev ? valueText(dev.devLoss, 4) : "–"}</td>
      )}
      <td>{diverged && <span class="bad">diverged at step {integer(diverged.step)}</span>}</td>
    </tr>
  );
}
