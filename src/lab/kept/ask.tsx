/** Asks before something is deleted, where the button for it was. */
import { useLayoutEffect, useRef } from "preact/hooks";

interface AskProps {
  readonly question: string;
  /** The two answers; `Delete` and `Keep` if absent. */
  readonly answers?: readonly [yes: string, no: string];
  readonly yes: () => unknown;
  /** The reader has answered. */
  readonly over: () => void;
}

export function Ask({ question, answers = ["Delete", "Keep"], yes, over }: AskProps) {
  const no = useRef<HTMLButtonElement>(null);
  // Whoever has pressed the button for it by keyboard goes on here, on the safe side.
  useLayoutEffect(() => no.current?.focus(), []);
  return (
    <fieldset
      class="ask actions"
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key === "Escape") over();
      }}
    >
      <span>{question}</span>
      <button
        type="button"
        class="danger"
        onClick={() => {
          over();
          void yes();
        }}
      >
        {answers[0]}
      </button>
      <button type="button" ref={no} onClick={over}>
        {answers[1]}
      </button>
    </fieldset>
  );
}
