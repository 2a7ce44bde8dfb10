/** What would give a gradient away: behind a button until the reader has solved it. */
import { type Signal, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { derive } from "../state.ts";
import type { Exercise } from "./index.ts";
import { solved } from "./solved_here.ts";
import "./derivations.css";

/** Whether a gradient was asked for, as long as the page is: whatever is about it opens together. */
const asked = new Map<string, Signal<boolean>>();

function askedFor(key: string): Signal<boolean> {
  const found = asked.get(key) ?? signal(false);
  asked.set(key, found);
  return found;
}

interface Props {
  /** The gradient, as `dprobs`. */
  readonly of: string;
  readonly exercise?: Exercise;
  /** What opens, as in "Show the derivation". */
  readonly what: string;
  readonly children: ComponentChildren;
}

export function UntilSolved({ of, exercise = 1, what, children }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const open = askedFor(`${exercise} ${of}`);
  const show = () => {
    open.value = true;
    // The button is gone then.
    requestAnimationFrame(() => place.current?.focus());
  };
  return (
    <div class="until-solved" ref={place} tabIndex={-1}>
      {open.value || solved.has(of, exercise) ? (
        children
      ) : (
        <p class="actions">
          <button type="button" onClick={show}>
            Show {what}
          </button>{" "}
          <button type="button" class="link" onClick={() => derive(of, exercise)}>
            derive it yourself first
          </button>
        </p>
      )}
    </div>
  );
}
