/** The words: where they come from, what they hold, and the first examples made of them. */
import { useRef } from "preact/hooks";
import { FileButton } from "../file_button.tsx";
import { data, run, words, wordsBusy, wordsMisread, wordsProblem } from "../state.ts";
import { Explained, Term } from "../terms/term.tsx";
import { integer } from "../train/format.ts";
import { keepBundled, useBundled, useFile, useNotebook, usePasted } from "./actions.ts";
import type { DataInfo } from "./describe.ts";

export function DataPanel({ open }: { open: boolean }) {
  const d = data.value;
  return (
    <details class="card" open={open}>
      <summary>
        <h2>Words</h2>{" "}
        {d && (
          <span class="muted">
            {integer(d.words)} in {d.source.source}
          </span>
        )}
      </summary>
      <Sources />
      <p class="hint" role="status">
        <Explained
          text={
            wordsBusy.value
              ? "Reading the words…"
              : "Or drop a text file, or a checkpoint, anywhere on this page."
          }
        />
      </p>
      {wordsProblem.value && !wordsMisread.value && <p role="alert">{wordsProblem}</p>}
      {d && <Summary d={d} />}
      {d && run.value && d.source.sha256 !== run.value.source.sha256 && (
        <p class="hint">
          The current run goes on with {run.value.source.source}; Start begins a new one on these.
        </p>
      )}
    </details>
  );
}

function Sources() {
  const paste = useRef<HTMLDialogElement>(null);
  return (
    <fieldset class="actions sources">
      <legend class="visually-hidden">Take words from</legend>
      <button
        type="button"
        aria-pressed={words.value === "bundled"}
        onClick={() => {
          keepBundled();
          void useBundled();
        }}
      >
        Bundled
      </button>
      <button
        type="button"
        aria-pressed={words.value === "notebook"}
        title="Fetches names.txt from the makemore repository and checks its SHA-256"
        onClick={() => useNotebook()}
      >
        Notebook’s list
      </button>
      <FileButton text="Open a file…" label="Word list" accept="text/plain,.txt" onFile={useFile} />
      <button type="button" onClick={() => paste.current?.showModal()}>
        Paste…
      </button>
      <dialog ref={paste} aria-labelledby="paste-heading">
        <form
          method="dialog"
          onSubmit={(event) => {
            const text = new FormData(event.currentTarget).get("words");
            if (event.submitter?.getAttribute("value") === "use") void usePasted(String(text));
          }}
        >
          <h2 id="paste-heading">Paste words</h2>
          <label>
            One word a line, any alphabet
            <textarea name="words" rows={12} spellcheck={false} />
          </label>
          <p class="actions end">
            <button type="submit" value="cancel">
              Cancel
            </button>
            <button type="submit" value="use" class="primary">
              Use these
            </button>
          </p>
        </form>
      </dialog>
    </fieldset>
  );
}

/** How many characters of a vocabulary are shown; some alphabets have thousands. */
const SHOWN = 80;

function Summary({ d }: { d: DataInfo }) {
  const { train, dev, test } = d.examples;
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Vocabulary</dt>
          <dd>
            {integer(d.characters.length)} characters{" "}
            <span class="mono letters">
              {d.characters.slice(0, SHOWN).join("")}
              {d.characters.length > SHOWN && "…"}
            </span>
          </dd>
        </div>
        <div>
          <dt>
            <Term of="split">Examples</Term>
          </dt>
          <dd>
            {integer(train)} train, {integer(dev)} dev, {integer(test)} test
          </dd>
        </div>
        <div>
          <dt>Longest word</dt>
          <dd>
            {integer(d.longest)} characters
            {d.blankLines > 0 && `; ${integer(d.blankLines)} blank lines dropped`}
            {d.stripped > 0 &&
              `; spaces and tabs stripped from the ends of ${integer(d.stripped)} ${d.stripped === 1 ? "line" : "lines"}`}
          </dd>
        </div>
      </dl>
      <h3>
        First examples <span class="muted">context → the character that follows</span>
      </h3>
      <ul class="contexts mono">
        {d.first.map(({ context, target }, i) => (
          <li key={i}>
            {context} → {target}
          </li>
        ))}
      </ul>
    </>
  );
}
