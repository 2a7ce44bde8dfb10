/** The verdicts on a text: the notebook's `cmp` as a table with a sentence where there is something to say, what the text prints, and what is worth a look. */
import { worthALook } from "../../exercises/looks.ts";
import { placeText } from "../../exercises/text.ts";
import { rough } from "../check/numbers.ts";
import { Term } from "../terms/term.tsx";
import { Sentence } from "./sentence.tsx";
import type { Exercises, Row } from "./state.ts";
import { TensorValues } from "./tensor_values.tsx";
import { markOf, sentencesOf } from "./words.ts";

interface Props {
  readonly exercises: Exercises;
}

export function Verdicts({ exercises }: Props) {
  const judged = exercises.judged.value;
  const { rows } = exercises;
  const shown = rows.value.filter(({ verdict }) => verdict !== "missing");
  const left = rows.value.length - shown.length;
  return (
    <div class="verdicts" aria-busy={exercises.judging.value}>
      <section aria-labelledby="verdicts-heading">
        <h2 id="verdicts-heading">Verdicts</h2>
        {shown.length > 0 ? (
          <Board rows={shown} exercises={exercises} />
        ) : (
          <p class="muted">
            {judged ? "No line here makes a gradient yet." : <Before exercises={exercises} />}
          </p>
        )}
        {shown.length > 0 && left > 0 && <p class="hint">{left} not yet.</p>}
      </section>
      <TensorValues exercises={exercises} />
      {judged && <Prints exercises={exercises} />}
      {judged && <Looks exercises={exercises} />}
    </div>
  );
}

/** What stands here until something is judged. */
function Before({ exercises }: Props) {
  const { right, of } = exercises.countOf(exercises.key.value);
  if (right > 0)
    return (
      <>
        {right} of {of} were right when you left. Nothing has run since: type, or press Check.
      </>
    );
  return (
    <>
      Each gradient that your lines make gets a row here, as the notebook's <code>cmp</code> prints it, with
      the mistake in words where one is known.
    </>
  );
}

function Board({ exercises, rows }: Props & { rows: readonly Row[] }) {
  const several = new Set(rows.map(({ exercise }) => exercise)).size > 1;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="cmp-rows" aria-label="The board" tabIndex={0}>
      <table class="cmp">
        <thead>
          <tr>
            <th scope="col">gradient</th>
            <th scope="col">
              <Term of="exact">exact</Term>
            </th>
            <th scope="col">
              <Term of="approximate">approx</Term>
            </th>
            <th scope="col" class="number">
              <Term of="maxdiff">maxdiff</Term>
            </th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        {rows.map((row, i) => (
          <tbody key={row.id}>
            {several && row.exercise !== rows[i - 1]?.exercise && (
              <tr>
                <th scope="rowgroup" colSpan={5} class="part">
                  {row.exercise === 0 ? "Warm-up" : `Exercise ${row.exercise}`}
                </th>
              </tr>
            )}
            <BoardRow row={row} exercises={exercises} />
          </tbody>
        ))}
      </table>
    </section>
  );
}

function BoardRow({ row, exercises }: Props & { row: Row }) {
  const mark = markOf(row);
  const open = exercises.item.value?.id === row.id;
  const sentences = row.verdict === "right" || isSaid(row, exercises) ? [] : sentencesOf(row);
  return (
    <>
      <tr class={`${mark.tone}${sentences.length > 0 ? " more" : ""}`} aria-current={open || undefined}>
        <th scope="row">
          <button type="button" class="name mono" onClick={() => exercises.open(row)}>
            {row.name}
          </button>
        </th>
        <td>{yes(row.exact)}</td>
        <td>{yes(row.approximate)}</td>
        <td class="number">{row.maxdiff === null ? "–" : rough(row.maxdiff)}</td>
        <td class="verdict">
          <span aria-hidden="true">{mark.sign}</span> {mark.words}
        </td>
      </tr>
      {sentences.length > 0 && (
        <tr class="says">
          <td colSpan={5}>
            {sentences.map((text) => (
              <p key={text}>
                <Sentence text={text} />
              </p>
            ))}
          </td>
        </tr>
      )}
    </>
  );
}

/** Whether the sentences on a row are to be read beside the board: below the editor, or at a line that it shows. */
function isSaid({ id, line }: Row, { view, item, hidden }: Exercises): boolean {
  if (view.value === "tensor" && item.value?.id === id) return true;
  return hidden.value === undefined && line !== null;
}

const yes = (value: boolean | null): string => (value === null ? "–" : value ? "True" : "False");

/** Lines of a list that are shown: a text may print thousands. */
const MOST = 200;

function Prints({ exercises }: Props) {
  const { prints } = exercises.judged.value!.shown;
  if (prints.length === 0) return null;
  return (
    <section aria-labelledby="prints-heading">
      <h2 id="prints-heading">Prints</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <pre class="prints" tabIndex={0}>
        {prints.slice(0, MOST).join("\n")}
        {prints.length > MOST && `\n… and ${prints.length - MOST} more lines`}
      </pre>
    </section>
  );
}

function Looks({ exercises }: Props) {
  const { shown, report } = exercises.judged.value!;
  const looks = worthALook(shown, report);
  const { skipped } = shown;
  if (looks.length === 0 && skipped.length === 0) return null;
  return (
    <section aria-labelledby="looks-heading" class="looks">
      <h2 id="looks-heading">Worth a look</h2>
      {looks.length > 0 && (
        <ul>
          {looks.slice(0, MOST).map(({ at, message }, i) => (
            <li key={i}>
              {at && <b>{placeText(at)}: </b>}
              <Sentence text={message} />
            </li>
          ))}
        </ul>
      )}
      {skipped.length > 0 && (
        <details>
          <summary>
            {skipped.length} {skipped.length === 1 ? "line" : "lines"} skipped: no gradient depends on{" "}
            {skipped.length === 1 ? "it" : "them"}
          </summary>
          <ul>
            {skipped.slice(0, MOST).map(({ at, text }, i) => (
              <li key={i}>
                {placeText(at)}: <code>{text}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
