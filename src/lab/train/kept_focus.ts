/** A button that is disabled while something runs loses keyboard focus; this gives it back. */
import { useEffect, useRef } from "preact/hooks";
import { phase } from "../state.ts";

/** For the element around such buttons. */
export function useKeptFocus() {
  const focused = useRef<HTMLButtonElement | null>(null);
  useEffect(() => {
    if (document.activeElement === document.body) focused.current?.focus();
  }, [phase.value]);
  return {
    onFocusIn: ({ target }: FocusEvent) => {
      focused.current = target as HTMLButtonElement;
    },
    onFocusOut: ({ target }: FocusEvent) => {
      if (!(target as HTMLButtonElement).disabled) focused.current = null;
    },
  };
}
