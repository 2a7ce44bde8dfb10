/** What stands between the reader and Start. It is said beside Start: words and settings may be folded away. */
import { start } from "../actions.ts";
import { keepBundled, useNotebook } from "../data/actions.ts";
import { FIELDS, type FieldKey } from "../settings.ts";
import {
  fieldProblems,
  networksProblem,
  wordsAsked,
  wordsBusy,
  wordsMisread,
  wordsProblem,
} from "../state.ts";

export const fieldId = (key: FieldKey): string => `setting-${key}`;

const wrongFields = (): FieldKey[] => Object.keys(fieldProblems.value) as FieldKey[];

/** Trains as the form says, or leads to its first field that cannot be used. */
export const startFromForm = (steps?: number): void => fromForm(() => start(steps));

export function fromForm(action: () => unknown): void {
  const [first] = wrongFields();
  if (first) reveal(first);
  else void action();
}

function reveal(key: FieldKey): void {
  const field = document.getElementById(fieldId(key));
  const fold = field?.closest("details");
  if (fold) fold.open = true;
  field?.focus();
}

export function Blocked() {
  const wrong = wrongFields();
  return (
    <>
      {wordsAsked.value && <Asked />}
      {networksProblem.value && <p role="alert">{networksProblem}</p>}
      {wordsMisread.value && wordsProblem.value && <p role="alert">{wordsProblem}</p>}
      {wrong.length > 0 && (
        <ul class="blocking" role="alert">
          {wrong.map((key) => (
            <li key={key}>
              <button type="button" class="link" onClick={() => reveal(key)}>
                {FIELDS[key].label}
              </button>
              {/* Every message begins with its field. */}
              {fieldProblems.value[key]?.slice(FIELDS[key].label.length)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The address names the notebook's list, which comes from another site, so the reader is asked first. */
function Asked() {
  return (
    <div class="notice offer">
      <p>
        This address was made with the notebook’s word list, which comes from raw.githubusercontent.com (228
        kB).
      </p>
      <p class="actions">
        <button type="button" disabled={wordsBusy.value} onClick={() => useNotebook()}>
          Fetch it
        </button>
        <button type="button" onClick={keepBundled}>
          Use the bundled names
        </button>
      </p>
    </div>
  );
}
