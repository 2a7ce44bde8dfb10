/** What the editor can colour and indent. */
import { pythonLanguage } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import { wgsl } from "./wgsl.ts";

export type EditorLanguage = "python" | "wgsl";

/** The same three colours as everywhere else on the page. */
const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.comment, color: "var(--muted)" },
    { tag: tags.keyword, color: "var(--keyword)" },
    { tag: tags.literal, color: "var(--literal)" },
  ]),
);

// Only Python's grammar and its indentation: `python()` would add completion, which nothing here shows.
const LANGUAGES: Readonly<Record<EditorLanguage, Extension>> = {
  python: [pythonLanguage, indentUnit.of("    ")],
  wgsl: [wgsl, indentUnit.of("  ")],
};

export const languageOf = (language: EditorLanguage): Extension => [LANGUAGES[language], colours];
