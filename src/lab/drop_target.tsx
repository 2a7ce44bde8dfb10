/** Covers the page while files are dragged over it, and says what becomes of each kind. */
import { dragging } from "./drop.ts";
import { phase } from "./state.ts";

export function DropTarget() {
  if (!dragging.value) return null;
  return (
    <div class="drop-target">
      <div>
        <p>
          <strong>Drop it anywhere</strong>
        </p>
        <dl>
          <div>
            <dt>A text file</dt>
            <dd>becomes the word list, one word a line</dd>
          </div>
          <div>
            <dt>.safetensors</dt>
            <dd>
              {phase.value === "idle"
                ? "is loaded as a checkpoint: a run to go on with"
                : "is a checkpoint, which would replace the run: pause first"}
            </dd>
          </div>
          <div>
            <dt>.ipynb or .py</dt>
            <dd>is graded: your notebook, or your lines of the backward pass</dd>
          </div>
        </dl>
      </div>
    </div>
  );
}
