/** WGSL for the editor: the colours of the check's tokenizer, block comments over lines, and indentation by brackets. */
import { StreamLanguage } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { tokenAt } from "../../check/highlight.ts";

interface State {
  /** Block comments that are open: in WGSL they nest. */
  comments: number;
  /** Brackets that are open. */
  depth: number;
}

export const wgsl = StreamLanguage.define<State>({
  name: "wgsl",
  startState: () => ({ comments: 0, depth: 0 }),
  token(stream, state) {
    if (state.comments > 0 || stream.match("/*", false)) {
      do {
        if (stream.match("/*")) state.comments++;
        else if (stream.match("*/")) state.comments--;
        else stream.next();
      } while (state.comments > 0 && !stream.eol());
      return "comment";
    }
    const { kind, text } = tokenAt(stream.string, stream.pos, "wgsl");
    stream.pos += text.length;
    if ("{([".includes(text)) state.depth++;
    if ("})]".includes(text)) state.depth = Math.max(0, state.depth - 1);
    return kind === "name" || kind === "other" ? null : kind;
  },
  indent({ comments, depth }, textAfter, { unit }) {
    if (comments > 0) return null;
    const closing = /^[})\]]*/.exec(textAfter)![0].length;
    return Math.max(0, depth - closing) * unit;
  },
  tokenTable: { literal: tags.literal },
  languageData: { commentTokens: { line: "//" }, indentOnInput: /^\s*[})\]]$/ },
});
