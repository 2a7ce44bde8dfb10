/**
 * An editor for Python and WGSL: CodeMirror in a shadow root. There it writes its rules into the root's `adoptedStyleSheets`, and not into
 * `<style>` elements, which the page's policy refuses.
 */
import { Annotation, Compartment, EditorState } from "@codemirror/state";
import { EditorView, placeholder as placeholderText } from "@codemirror/view";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Diagnostic, withDiagnostics } from "./diagnostics.ts";
import { always, check, readOnlyIf } from "./extensions.ts";
import { withHidden } from "./hidden_lines.ts";
import { type EditorLanguage, languageOf } from "./languages.ts";

export type { Diagnostic } from "./diagnostics.ts";
export type { EditorLanguage } from "./languages.ts";

export interface EditorProps {
  /** The text, which follows `onChange`; another one from outside keeps the cursor, and can be undone. */
  readonly value: string;
  readonly onChange?: (text: string) => void;
  readonly language: EditorLanguage;
  /** What a screen reader calls it. */
  readonly label: string;
  /** They move with the text until another array comes, so that the same messages must stay the same array. */
  readonly diagnostics?: readonly Diagnostic[];
  /** Shown while there is no text. */
  readonly placeholder?: string;
  readonly readOnly?: boolean;
  /** For each line whether it is out of sight, and cannot be edited. The same lines must stay the same array. */
  readonly hidden?: readonly boolean[];
  /** The line of the cursor, from 1; undefined while the focus is elsewhere. */
  readonly onCursor?: (line: number | undefined) => void;
  /** Ctrl and Enter, or ⌘ and Enter. */
  readonly onCheck?: () => void;
  /** A line, from 1, to which the cursor goes when another object comes. */
  readonly goTo?: { readonly line: number };
}

/** Give each text a `key` of its own: then undo stays within it. */
export function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Mounted>(undefined);
  const { value, language, label, diagnostics, placeholder, readOnly, hidden, goTo } = props;

  // All of these run before anything is typed into what was just rendered, or an older text could take a newer one's place.
  useLayoutEffect(() => {
    const mounted = new Mounted(host.current!, value);
    editor.current = mounted;
    return () => mounted.view.destroy();
  }, []);
  useLayoutEffect(() => {
    const { onChange, onCursor, onCheck } = props;
    editor.current!.handlers = { onChange, onCursor, onCheck };
  });
  useLayoutEffect(
    () => editor.current!.configure({ language, label, placeholder, readOnly }),
    [language, label, placeholder, readOnly],
  );
  useLayoutEffect(() => editor.current!.show(value), [value]);
  useLayoutEffect(() => editor.current!.hide(hidden ?? NONE), [hidden]);
  useLayoutEffect(() => editor.current!.mark(diagnostics ?? NONE), [diagnostics]);
  useLayoutEffect(() => {
    if (goTo) editor.current!.goTo(goTo.line);
  }, [goTo]);
  return <div class="editor" ref={host} />;
}

const NONE: readonly never[] = [];

/** Marks a change that came from outside, which `onChange` is not told of. */
const fromOutside = Annotation.define<true>();

class Mounted {
  readonly view: EditorView;
  readonly #settings = new Compartment();
  handlers: Pick<EditorProps, "onChange" | "onCursor" | "onCheck"> = {};
  #line: number | undefined;

  constructor(host: HTMLElement, text: string) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const changes = EditorView.updateListener.of(({ docChanged, transactions, state, view }) => {
      // The cursor first: whether a line is half-typed is seen from where it is.
      const line = view.hasFocus ? state.doc.lineAt(state.selection.main.head).number : undefined;
      if (line !== this.#line) this.handlers.onCursor?.(line);
      this.#line = line;
      if (docChanged && !transactions.some((tr) => tr.annotation(fromOutside)))
        this.handlers.onChange?.(state.doc.toString());
    });
    const extensions = [this.#settings.of([]), check(() => this.handlers.onCheck), always, changes];
    this.view = new EditorView({ state: EditorState.create({ doc: text, extensions }), root, parent: root });
  }

  configure(p: Pick<EditorProps, "language" | "label" | "placeholder" | "readOnly">): void {
    const settings = [
      languageOf(p.language),
      readOnlyIf(p.readOnly ?? false),
      EditorView.contentAttributes.of({ "aria-label": p.label }),
      p.placeholder ? placeholderText(p.placeholder) : [],
    ];
    this.view.dispatch({ effects: this.#settings.reconfigure(settings) });
  }

  /** Replaces only what differs, so that a cursor outside of that stays where it is. */
  show(text: string): void {
    const old = this.view.state.doc.toString();
    const now = text.replace(/\r\n?/g, "\n");
    if (now === old) return;
    const shorter = Math.min(old.length, now.length);
    let from = 0;
    while (from < shorter && old[from] === now[from]) from++;
    let same = 0;
    while (same < shorter - from && old.at(-1 - same) === now.at(-1 - same)) same++;
    this.view.dispatch({
      changes: { from, to: old.length - same, insert: now.slice(from, now.length - same) },
      annotations: fromOutside.of(true),
      filter: false,
    });
  }

  hide(lines: readonly boolean[]): void {
    this.view.dispatch(withHidden(lines));
  }

  goTo(line: number): void {
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(line, doc.lines));
    this.view.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.view.focus();
  }

  mark(diagnostics: readonly Diagnostic[]): void {
    this.view.dispatch(withDiagnostics(this.view.state, diagnostics));
  }
}
