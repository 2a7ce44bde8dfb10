/** What the editor consists of, besides its language and what a property changes. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { diagnosticsAtLines } from "./diagnostics.ts";
import { hiddenLines } from "./hidden_lines.ts";
import { theme } from "./theme.ts";

/** The Tab key is bound to nothing, so that it leaves the editor as it leaves any other field; Escape leaves it too. */
const leave = {
  key: "Escape",
  run: (view: EditorView) => {
    view.contentDOM.blur();
    return true;
  },
};

/** Ctrl and Enter, which would insert a line otherwise. */
export const check = (handler: () => (() => void) | undefined): Extension =>
  keymap.of([
    {
      key: "Mod-Enter",
      run: () => {
        const run = handler();
        run?.();
        return run !== undefined;
      },
    },
  ]);

/**
 * What is typed over a selection. Left to itself, Chrome merges the lines first and keeps their look by inline styles, which the page's policy
 * refuses: an error on the console each time.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput({ inputType, data, cancelable }, view) {
    const { state } = view;
    if (inputType !== "insertText" || !data || !cancelable || state.readOnly) return false;
    if (state.selection.ranges.every((range) => range.empty)) return false;
    view.dispatch(
      state.update(state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true }),
    );
    return true;
  },
});

/** Long lines are wrapped: a gradient is one expression, and half of it out of sight cannot be checked. */
export const always: Extension = [
  lineNumbers(),
  highlightSpecialChars(),
  history(),
  indentOnInput(),
  bracketMatching(),
  diagnosticsAtLines,
  hiddenLines,
  typeOver,
  keymap.of([leave, ...defaultKeymap, ...historyKeymap]),
  EditorView.lineWrapping,
  theme,
];

/** A text that cannot be edited can still be reached by keyboard, to be scrolled and copied. */
export const readOnlyIf = (readOnly: boolean): Extension =>
  readOnly
    ? [
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ tabindex: "0" }),
        EditorView.editorAttributes.of({ class: "read-only" }),
      ]
    : [];
