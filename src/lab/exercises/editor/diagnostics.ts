/** Messages at their line: the place underlined, the sentence under the line, and F8 from one to the next. */
import {
  forEachDiagnostic,
  linter,
  type Diagnostic as Marked,
  nextDiagnostic,
  previousDiagnostic,
  setDiagnostics,
  setDiagnosticsEffect,
} from "@codemirror/lint";
import { type EditorState, type Extension, StateField, type TransactionSpec } from "@codemirror/state";
import {
  type Command,
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  WidgetType,
} from "@codemirror/view";

/** Lines and columns count from 1. */
export interface Diagnostic {
  readonly line: number;
  /** Without it the whole line is meant. */
  readonly column?: number;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  /** The place is underlined and no more: the sentence stands elsewhere already. */
  readonly silent?: boolean;
}

const SILENT = "silent";

/** The transaction that replaces all messages. */
export const withDiagnostics = (state: EditorState, diagnostics: readonly Diagnostic[]): TransactionSpec =>
  setDiagnostics(
    state,
    diagnostics.map((d) => ({
      ...rangeOf(state, d),
      severity: d.severity,
      message: d.message,
      source: d.silent ? SILENT : undefined,
    })),
  );

/**
 * The word at the column, or the one character there; without a column the line's text. A message may be about an older, longer text,
 * so that line and column are brought into this one.
 */
function rangeOf(state: EditorState, d: Diagnostic): { from: number; to: number } {
  const line = state.doc.line(between(1, d.line, state.doc.lines));
  if (d.column === undefined) return { from: line.from + line.text.search(/\S|$/), to: line.to };
  const from = line.from + between(0, d.column - 1, line.length);
  const word = state.wordAt(from);
  return { from, to: word && word.to > from ? word.to : Math.min(from + 1, line.to) };
}

const between = (least: number, x: number, most: number): number => Math.min(Math.max(x, least), most);

class Message extends WidgetType {
  readonly #severity: string;
  readonly #message: string;
  constructor({ severity, message }: Marked) {
    super();
    this.#severity = severity;
    this.#message = message;
  }
  override eq(other: Message): boolean {
    return other.#message === this.#message && other.#severity === this.#severity;
  }
  override toDOM(): HTMLElement {
    const row = document.createElement("div");
    const sentence = document.createElement("div");
    row.className = "message";
    sentence.className = this.#severity;
    // What stands in backticks is code.
    this.#message.split("`").forEach((part, i) => {
      const piece = document.createElement(i % 2 === 1 ? "code" : "span");
      piece.textContent = part;
      sentence.append(piece);
    });
    row.append(sentence);
    return row;
  }
}

/** The sentences under their lines; they move with the text until new ones come. */
const messages = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, tr) {
    shown = shown.map(tr.changes);
    for (const effect of tr.effects)
      if (effect.is(setDiagnosticsEffect))
        shown = Decoration.set(
          effect.value.flatMap((d) =>
            d.source === SILENT
              ? []
              : Decoration.widget({ widget: new Message(d), block: true, side: 1 }).range(
                  tr.newDoc.lineAt(d.from).to,
                ),
          ),
          true,
        );
    return shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Goes to a message and reads it aloud, since a screen reader only says what is selected. */
const aloud =
  (go: Command): Command =>
  (view) => {
    if (!go(view)) return false;
    const { from, to } = view.state.selection.main;
    forEachDiagnostic(view.state, (d, start, end) => {
      if (start !== from || end !== to) return;
      const { number } = view.state.doc.lineAt(from);
      view.dispatch({ effects: EditorView.announce.of(`Line ${number}: ${d.message}`) });
    });
    return true;
  };

export const diagnosticsAtLines: Extension = [
  linter(null),
  messages,
  keymap.of([{ key: "F8", run: aloud(nextDiagnostic), shift: aloud(previousDiagnostic) }]),
];
