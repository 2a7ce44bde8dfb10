/** Formulas in TeX as MathML, which browsers draw themselves. */
import temml from "temml";
import type { Tree } from "../../src/lab/tex/rendered.ts";
import { markNames } from "./names.ts";

/** Marks a name on its way through TeX: an invisible separator, which no formula has. */
const MARK = "\u2063";
const NAME = new RegExp(`<mtext>${MARK}([^<]*)</mtext>`, "g");

/** Most letters of a formula in text: browsers do not break it, and it has to fit a phone. */
const MOST_INLINE = 40;

/** What the page's policy refuses to have in an element, in the page's style sheet instead. */
const STYLES: readonly (readonly [style: RegExp, className: string])[] = [
  [/^display:block math;?$/, ""],
  [/^math-depth:0;?$/, "tex-large"],
  [/^padding-left:0em;padding-right:0em;?$/, "tex-close"],
  [/^padding-left:0em;padding-right:[\d.]+(?:pt|em);?$/, "tex-first"],
  [/^padding-left:[\d.]+(?:pt|em);padding-right:0em;?$/, "tex-last"],
  [/^padding-left:([\d.]+(?:pt|em));padding-right:\1;?$/, "tex-inner"],
];

/**
 * A formula as the text of a `math` element.
 * @param display whether it stands on a line of its own, with the limits of its sums below them
 * @throws SyntaxError that says what is wrong and names the formula
 */
export function mathml(source: string, display: boolean): string {
  try {
    const tex = markNames(source, (name) => `\\text{${MARK}${name.replaceAll("_", "\\_")}}`);
    const text = temml.renderToString(tex, { displayMode: display, throwOnError: true, wrap: "none" });
    const drawn = text.replace(NAME, (_, name: string) => nameElement(name));
    if (!display && lettersOf(drawn) > MOST_INLINE)
      throw new SyntaxError("it is too long to stand in text: put it between $$ and $$");
    return withoutStyles(drawn);
  } catch (error) {
    const what = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new SyntaxError(`the formula ${source} is wrong: ${what}`);
  }
}

/** A word is upright by itself; a letter has to be told. */
const nameElement = (name: string): string =>
  name.length === 1 ? `<mi mathvariant="normal">${name}</mi>` : `<mi>${name}</mi>`;

const lettersOf = (mathml: string): number => mathml.replace(/<[^>]*>/g, "").length;

const withoutStyles = (text: string): string =>
  text.replace(/<(\w+)([^>]*?) style="([^"]*)"([^>]*)>/g, (_, tag, before, style, after) => {
    const known = STYLES.find(([pattern]) => pattern.test(style));
    if (!known) throw new SyntaxError(`it needs the style "${style}", which the page's policy refuses`);
    const attributes: string = before + after;
    const named = / class="([^"]*)"/.exec(attributes)?.[1] ?? "";
    const classes = [named, known[1]].filter(Boolean).join(" ");
    return `<${tag}${attributes.replace(/ class="[^"]*"/, "")}${classes && ` class="${classes}"`}>`;
  });

/** Tags with their attributes, and the text between them. */
const TOKEN = /<(\/?)(\w+)((?: [\w-]+="[^"]*")*)>|[^<]+/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };

/** A formula's MathML as data, so that the page need not read it as text. */
export function mathmlTree(source: string, display: boolean): Tree {
  type Open = [string, Record<string, string>, ...Tree[]];
  const open: Open[] = [["", {}]];
  for (const [token, closing, tag, attributes] of mathml(source, display).matchAll(TOKEN)) {
    const inside = open.at(-1)!;
    if (tag === undefined) inside.push(decoded(token));
    else if (closing) open.pop();
    else {
      const named = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [
        name,
        decoded(value),
      ]);
      const element: Open = [tag, Object.fromEntries(named)];
      inside.push(element);
      open.push(element);
    }
  }
  return open[0][2];
}

const decoded = (text: string): string =>
  text.replace(/&(#?\w+);/g, (entity, name) => ENTITIES[name] ?? entity);
