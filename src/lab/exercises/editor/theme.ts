/**
 * The editor in the page's colours. Its rules live in the shadow root's own style sheets, which no rule of the page reaches; what does
 * reach it are the page's variables, so that it is dark when the page is, without a line here.
 */
import { EditorView } from "@codemirror/view";

const underlined = (colour: string) => ({
  backgroundImage: "none",
  textDecoration: `underline wavy ${colour}`,
  textDecorationSkipInk: "none",
});

export const theme = EditorView.theme({
  "&": {
    backgroundColor: "var(--card)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    color: "var(--ink)",
  },
  "&.read-only": { backgroundColor: "var(--sunken)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontSize: "0.8125rem",
    lineHeight: "1.5",
    maxHeight: "max(12rem, 70vh)",
  },
  ".cm-content": { caretColor: "var(--ink)", minHeight: "var(--editor-least, 8rem)", padding: "0.5rem 0" },
  ".cm-line": { padding: "0 0.6rem 0 0.3rem" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    border: "0",
    borderRadius: "6px 0 0 6px",
    color: "var(--muted)",
  },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "2.2rem", padding: "0 0.5rem 0 0.3rem" },
  ".cm-specialChar": { color: "var(--bad)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent)",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--bad) 22%, transparent)",
  },
  ".cm-lintRange-error": underlined("var(--bad)"),
  ".cm-lintRange-warning": underlined("var(--dev)"),
  ".cm-lintRange-info": underlined("var(--accent)"),
  ".cm-lintPoint:after": { borderBottomColor: "var(--bad)" },
  // A message stands under its line already, where a finger can read it too.
  ".cm-tooltip-hover": { display: "none" },
  ".fold": {
    color: "var(--muted)",
    cursor: "default",
    fontSize: "0.6875rem",
    lineHeight: "1.4",
    padding: "0.05rem 0.6rem 0.05rem 0.3rem",
    userSelect: "none",
  },
  // Padding and no margin around it: CodeMirror measures without margins, and line numbers would slip from their lines.
  ".message": { padding: "0.1rem 0.6rem 0.3rem 0.3rem" },
  ".message > *": {
    borderInlineStart: "4px solid var(--bad)",
    color: "var(--bad)",
    fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
    fontSize: "0.8125rem",
    overflowWrap: "anywhere",
    paddingInlineStart: "0.5rem",
    whiteSpace: "pre-wrap",
  },
  ".message code": { fontFamily: "var(--mono)", fontSize: "0.92em" },
  ".message > .warning": {
    backgroundColor: "var(--warn)",
    borderColor: "var(--dev)",
    color: "var(--on-warn)",
  },
  ".message > .info": { borderColor: "var(--accent)", color: "var(--muted)" },
  "@media (max-width: 40rem)": {
    ".cm-lineNumbers .cm-gutterElement": { minWidth: "1.6rem" },
  },
  // iOS enlarges the page when text smaller than this is tapped to be edited.
  "@media (pointer: coarse)": { ".cm-scroller": { fontSize: "1rem" } },
});
