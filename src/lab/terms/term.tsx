/** A word that is explained where it stands: underlined with dots, and its explanation opens when it is pointed at, focused or tapped. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { explained, TERM_NAMES, TERMS, type TermName } from "./terms.ts";
import "./terms.css";

/** The word whose explanation is open. */
const open = signal<{ term: TermName; word: HTMLElement } | undefined>(undefined);
const idOf = (term: TermName) => `term-${term}`;

/** How long an explanation stays when the pointer leaves its word, so that it can be reached and selected. */
const LINGER = 250;
let leaving: ReturnType<typeof setTimeout> | undefined;
const stay = () => clearTimeout(leaving);
const leave = () => {
  stay();
  leaving = setTimeout(() => {
    // A word with the focus keeps its explanation.
    if (open.value?.word !== document.activeElement) open.value = undefined;
  }, LINGER);
};

interface TermProps {
  readonly of: TermName;
  /** The word as it stands in the text. It must not be inside of another control. */
  readonly children: ComponentChildren;
}

export function Term({ of, children }: TermProps) {
  const show = ({ currentTarget: word }: { currentTarget: HTMLElement }) => {
    stay();
    open.value = { term: of, word };
  };
  return (
    <button
      type="button"
      class="term"
      aria-describedby={idOf(of)}
      // A finger has no place over which it hovers.
      onPointerEnter={(event) => event.pointerType === "mouse" && show(event)}
      onPointerLeave={leave}
      onFocus={show}
      onBlur={leave}
      // Safari's buttons take no focus when they are pressed.
      onClick={show}
    >
      {children}
    </button>
  );
}

/** A text with the terms that it has marked, each once. */
export function Explained({ text }: { text: string }) {
  return <>{explained(text).map(({ text, term }) => (term ? <Term of={term}>{text}</Term> : text))}</>;
}

/** All explanations, of which at most one is seen. The page has them once. */
export function Explanations() {
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === "Escape") open.value = undefined;
    };
    const onPress = ({ target }: Event) => {
      if (!(target as Element).closest?.(".term, .term-says")) open.value = undefined;
    };
    addEventListener("keydown", onKey);
    addEventListener("pointerdown", onPress);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("pointerdown", onPress);
    };
  }, []);
  return (
    <>
      {TERM_NAMES.map((term) => (
        <Says key={term} term={term} />
      ))}
    </>
  );
}

function Says({ term }: { term: TermName }) {
  const box = useRef<HTMLDivElement>(null);
  const word = open.value?.term === term ? open.value.word : undefined;
  useLayoutEffect(() => {
    if (!word) return;
    const put = () => {
      if (!word.isConnected) open.value = undefined;
      else if (box.current) place(box.current, word.getBoundingClientRect());
    };
    put();
    addEventListener("scroll", put, { capture: true, passive: true });
    addEventListener("resize", put);
    return () => {
      removeEventListener("scroll", put, { capture: true });
      removeEventListener("resize", put);
    };
  }, [word]);
  return (
    <div
      ref={box}
      id={idOf(term)}
      class="term-says"
      role="tooltip"
      hidden={!word}
      onPointerEnter={stay}
      onPointerLeave={leave}
    >
      {TERMS[term].says}
    </div>
  );
}

const GAP = 6;

/** Below the word, or above it where there is more room, and never beyond the window's sides. */
function place(box: HTMLElement, word: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = word.bottom + GAP;
  const fits = below + height <= clientHeight || word.top < clientHeight - word.bottom;
  const left = Math.min(word.left, clientWidth - width - GAP);
  box.style.left = `${Math.max(GAP, left)}px`;
  box.style.top = `${fits ? below : word.top - GAP - height}px`;
}
