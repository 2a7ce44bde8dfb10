/** Asks before something is deleted, where the button for it was. */
import { useLayoutEffect, useRef } from "preact/hooks";

interface AskProps {
  readonly question: string;
  readonly yes: () => unknown;
  /** The reader has answered. */
  readonly over: () => void;
}

export function Ask({ question, yes, over }: AskProps) {
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
        Delete
      </button>
      <button type="button" ref={no} onClick={over}>
        Keep
      </button>
    </fieldset>
  );
}
