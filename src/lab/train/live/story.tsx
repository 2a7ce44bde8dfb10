/** What a run's settings do not say: what was changed while it ran, and a gradient that is broken on purpose. */
import { brokenNow, brokenText } from "../../../train/broken.ts";
import { run } from "../../state.ts";
import { integer } from "../format.ts";
import { breakGradient, changing, showBoard } from "./actions.ts";

export function Story() {
  const r = run.value;
  if (!r) return null;
  const { changes, broken } = r;
  const now = brokenNow(broken);
  const told = [
    ...(broken.length > 0 ? [`It was trained ${brokenText(broken)}.`] : []),
    ...(changes.length > 0
      ? [`Changed while it ran: ${changes.map((c) => `${c.label} at step ${integer(c.step)}`).join("; ")}.`]
      : []),
  ];
  return (
    <>
      {now && (
        <div class="notice offer broken">
          <p role="status">
            Its gradient is broken on purpose since step {integer(broken.at(-1)!.from)}: <code>{now}</code>.
          </p>
          <p class="actions">
            <button type="button" onClick={() => showBoard(r)}>
              See which rows turn
            </button>
            <button type="button" disabled={changing.value} onClick={() => breakGradient(undefined)}>
              Mend it
            </button>
          </p>
        </div>
      )}
      {told.length > 0 && (
        <p class="hint">
          {told.join(" ")} So the page’s address no longer repeats it; a checkpoint of it goes on as it does.
        </p>
      )}
    </>
  );
}
