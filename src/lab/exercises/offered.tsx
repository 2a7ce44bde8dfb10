/** Texts that are not the reader's own here: from a link, a file, or another tab. They are shown, and neither kept nor judged before the reader asks. */
import { Code } from "../check/code.tsx";
import { sheetOf } from "./sheets.ts";
import type { Exercises } from "./state.ts";

export function Offered({ exercises }: { exercises: Exercises }) {
  const offer = exercises.offer.value;
  if (!offer) return null;
  const { key, text, from } = offer;
  const sheet = sheetOf(key);
  const lines = text.trimEnd().split("\n").length;
  return (
    <section class="offered notice" aria-labelledby="offered-heading">
      <h2 id="offered-heading">
        {from[0].toUpperCase() + from.slice(1)} brings a text for {sheet?.title ?? key}
      </h2>
      <p>
        {lines} {lines === 1 ? "line" : "lines"}. Nothing of it is kept or judged until you use it, which
        replaces your own text there.
      </p>
      <details>
        <summary>Show it</summary>
        <Code text={text} language={sheet?.kind === "kernel" ? "wgsl" : "python"} label="The text offered" />
      </details>
      <p class="actions">
        <button type="button" onClick={() => exercises.useOffer()}>
          Use it
        </button>
        <button type="button" onClick={() => exercises.discardOffer()}>
          Discard
        </button>
      </p>
    </section>
  );
}

/** Both tabs have changed the same text. */
export function Conflict({ exercises }: { exercises: Exercises }) {
  const other = exercises.conflict.value;
  if (other === undefined) return null;
  const kernel = exercises.sheet.value.kind === "kernel";
  return (
    <section class="offered notice" role="alert" aria-labelledby="conflict-heading">
      <h2 id="conflict-heading">Another tab has changed this text too</h2>
      <details>
        <summary>Show the other tab's</summary>
        <Code text={other} language={kernel ? "wgsl" : "python"} label="The other tab's text" />
      </details>
      <p class="actions">
        <button type="button" onClick={() => exercises.useOther()}>
          Use the other tab's
        </button>
        <button type="button" onClick={() => exercises.keepMine()}>
          Keep this one
        </button>
      </p>
    </section>
  );
}
