/** Prose as it is written in the sources, taken apart: formulas, code, emphasis, links. */

export type Part =
  | { readonly kind: "text" | "code" | "emphasis"; readonly text: string }
  | { readonly kind: "formula"; readonly tex: string; readonly display: boolean }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/** `$$…$$` stands on a line of its own. A dollar, a backtick or an asterisk that is not closed is text. */
const PART =
  /\$\$([^$]+)\$\$|\$([^$\n]+)\$|`([^`\n]+)`|\*([^\s*](?:[^*\n]*[^\s*])?)\*|\[([^\]\n]+)\]\(([^)\s]+)\)/g;

/** Text with `$…$`, `` `…` ``, `*…*` and `[…](…)` in it; all else is kept as it is. */
export function partsOf(prose: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of prose.matchAll(PART)) {
    if (match.index > at) parts.push({ kind: "text", text: prose.slice(at, match.index) });
    parts.push(partOf(match));
    at = match.index + match[0].length;
  }
  if (at < prose.length) parts.push({ kind: "text", text: prose.slice(at) });
  return parts;
}

function partOf([, display, inline, code, emphasis, text, href]: RegExpMatchArray): Part {
  if (display !== undefined) return { kind: "formula", tex: display.trim(), display: true };
  if (inline !== undefined) return { kind: "formula", tex: inline.trim(), display: false };
  if (code !== undefined) return { kind: "code", text: code };
  if (emphasis !== undefined) return { kind: "emphasis", text: emphasis };
  return { kind: "link", text, href };
}
