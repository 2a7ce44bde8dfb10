/** What can be done with a text besides writing it: check, take away, share, begin anew. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { FileButton } from "../file_button.tsx";
import type { Sheet } from "./sheets.ts";
import type { Exercises } from "./state.ts";

interface ToolsProps {
  readonly exercises: Exercises;
  readonly sheet: Sheet;
  readonly check: () => Promise<void>;
  /** Whether nothing can be checked. */
  readonly disabled?: boolean;
  /** Whether checking is what to do next. */
  readonly primary?: boolean;
}

export function Tools({ exercises, sheet, check, disabled, primary }: ToolsProps) {
  const told = useSignal("");
  const tell = async (what: () => Promise<string>) => {
    try {
      told.value = await what();
    } catch (error) {
      told.value = (error as Error).message;
    }
  };
  const kernel = sheet.kind === "kernel";
  return (
    <>
      <div class="actions tools">
        <button
          type="button"
          class={primary ? "primary" : undefined}
          disabled={disabled}
          onClick={() => void check()}
        >
          Check
        </button>
        <kbd>Ctrl Enter</kbd>
        <span class="gap" />
        <button type="button" onClick={() => save(exercises.exported())}>
          Save as {kernel ? ".wgsl" : ".py"}
        </button>
        <button
          type="button"
          onClick={() =>
            tell(async () => {
              await navigator.clipboard.writeText(await exercises.link());
              return "A link with this text is copied.";
            })
          }
        >
          Copy link
        </button>
        {sheet.key === "notebook" && exercises.changed.value && (
          <FileButton
            text="Open another…"
            label="Another notebook or Python file"
            accept=".ipynb,.py"
            onFile={(file) => exercises.bring(file)}
          />
        )}
        <Reset exercises={exercises} sheet={sheet} />
      </div>
      <p class="told" role="status">
        {told}
      </p>
    </>
  );
}

function Reset({ exercises, sheet }: { exercises: Exercises; sheet: Sheet }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" disabled={!exercises.changed.value} onClick={() => dialog.current?.showModal()}>
        Reset…
      </button>
      <dialog ref={dialog} aria-labelledby="reset-heading">
        <form
          method="dialog"
          onSubmit={({ submitter }) => {
            if (submitter?.getAttribute("value") === "reset") exercises.reset();
          }}
        >
          <h2 id="reset-heading">Begin anew?</h2>
          <p>
            Your whole text of “{sheet.title}” is replaced by{" "}
            {sheet.stub === "" ? "an empty one" : "the one it began with"}, and what you had right in it is
            forgotten.
          </p>
          <p class="actions end">
            <button type="submit" value="cancel">
              Keep it
            </button>
            <button type="submit" value="reset" class="primary">
              Reset
            </button>
          </p>
        </form>
      </dialog>
    </>
  );
}

function save({ name, type, text }: { name: string; type: string; text: string }): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
