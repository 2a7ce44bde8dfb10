/** Parts of the page whose code comes when they are first shown. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { inTime } from "../plan/late.ts";

/** Milliseconds after which a part that has not come is said to be missing; it is shown all the same if it comes later. */
const PATIENCE = 15_000;

export function Lazy({ load }: { load: () => Promise<JSX.Element> }) {
  const content = useSignal<JSX.Element | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const loading = load().then((element) => {
      content.value = element;
    });
    inTime(loading, PATIENCE, "it did not come").catch((error: Error) => {
      failure.value = error.message;
    });
  }, [load]);
  if (content.value) return content.value;
  if (failure.value) return <p role="alert">This part could not be loaded: {failure}. Reload the page.</p>;
  return <p role="status">Loading…</p>;
}
