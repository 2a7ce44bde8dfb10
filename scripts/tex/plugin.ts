/**
 * Turns formulas into MathML when the page is built, so that no page loads TeX. A formula is found in two places:
 * - in a module of data, once a module that shows it says `import "./lines.ts?tex"`. The module is run, and all that it exports is searched: a
 *   string under `formula` is a formula on a line of its own, and any other string may have `$…$` and `$$…$$` in it;
 * - in a component, written out: `<Tex of="x_{ij}" />`, `<Prose text="… $x_{ij}$ …" />`.
 * What is imported is the MathML of these formulas alone, so each part of the page that is loaded by itself brings its own.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Plugin, runnerImport } from "vite";
import { partsOf } from "../../src/lab/tex/parts.ts";
import { keyOf, type Tree } from "../../src/lab/tex/rendered.ts";
import { mathmlTree } from "./mathml.ts";
import { formulasInText } from "./missing.ts";

const ROOT = join(import.meta.dirname, "../..");
const RENDERED = join(ROOT, "src/lab/tex/rendered.ts");
/** It goes wherever the font goes. */
const LICENCE = join(ROOT, "src/lab/tex/stix-two-math-license.txt");
const QUERY = /\?tex$/;
const COMPONENT = /\.tsx$/;

/** MathML by `$formula$` or `$$formula$$`. */
type Rendered = Record<string, Tree>;

export function tex(): Plugin[] {
  const known = new Set<string>();
  return [making(known), checking(known)];
}

function making(known: Set<string>): Plugin {
  const defining = (rendered: Rendered): string => {
    for (const key of Object.keys(rendered)) known.add(key);
    return `import { define as defineFormulas } from ${JSON.stringify(RENDERED)};\ndefineFormulas(${JSON.stringify(rendered)});\n`;
  };
  return {
    name: "tex",
    enforce: "pre",
    load: {
      filter: { id: QUERY },
      async handler(id) {
        const file = id.replace(QUERY, "");
        const { module, dependencies } = await runnerImport<object>(file, {
          configFile: false,
          root: ROOT,
          logLevel: "error",
        });
        for (const path of dependencies) this.addWatchFile(path);
        return {
          code: defining(named(file, () => formulasOf(module))),
          moduleType: "js",
          moduleSideEffects: true,
        };
      },
    },
    generateBundle(_, bundle) {
      if (Object.keys(bundle).some((file) => file.includes("stix-two-math")))
        this.emitFile({
          type: "asset",
          fileName: "assets/stix-two-math-license.txt",
          source: readFileSync(LICENCE),
        });
    },
    transform: {
      filter: { id: COMPONENT, code: /<(?:Tex|Prose)\s/ },
      handler(code, id) {
        const found = named(id, () => writtenOut(code));
        return Object.keys(found).length > 0 ? { code: `${code}\n${defining(found)}`, map: null } : undefined;
      },
    },
  };
}

/** Refuses to build a page with a formula that no part of it has drawn. */
function checking(known: ReadonlySet<string>): Plugin {
  const wanted = new Map<string, string>();
  return {
    name: "tex-missing",
    apply: "build",
    enforce: "post",
    transform: {
      filter: { id: { include: /\.tsx?$/, exclude: /node_modules/ }, code: /\bformula:|\$[^$`{\n]+\$/ },
      handler(code, id) {
        for (const key of formulasInText(this.parse(code))) wanted.set(key, id);
      },
    },
    buildEnd(error) {
      for (const [key, id] of wanted)
        if (!error && !known.has(key))
          this.error(
            `${relative(ROOT, id)}: the formula ${key} is not drawn: where it is shown, import its module a second time, as "./NAME.ts?tex"`,
          );
    },
  };
}

/** Says in which file a formula is wrong. */
function named(file: string, find: () => Rendered): Rendered {
  try {
    return find();
  } catch (error) {
    throw new Error(`${relative(ROOT, file)}: ${error instanceof Error ? error.message : error}`);
  }
}

/** All formulas in what a module exports. */
export function formulasOf(value: unknown, under = "", seen = new Set<unknown>()): Rendered {
  if (typeof value === "string")
    return under === "formula" ? { [keyOf(value, true)]: mathmlTree(value, true) } : inProse(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return {};
  seen.add(value);
  const inside = Array.isArray(value) ? value.map((item) => [under, item] as const) : Object.entries(value);
  return Object.assign({}, ...inside.map(([key, item]) => formulasOf(item, key, seen)));
}

const inProse = (text: string): Rendered =>
  Object.fromEntries(
    partsOf(text).flatMap((part) =>
      part.kind === "formula" ? [[keyOf(part.tex, part.display), mathmlTree(part.tex, part.display)]] : [],
    ),
  );

/** An attribute's value that is written out: `"…"`, or `` {r`…`} `` and `` {String.raw`…`} ``. */
const literal = (attribute: string): string =>
  `\\s${attribute}=(?:"([^"]*)"|\\{(?:r|String\\.raw)\`([^\`$]*(?:\\$(?!\\{)[^\`$]*)*)\`\\})`;
const TEX = new RegExp(`<Tex(?=\\s)((?:[^>]*?)${literal("of")}[^>]*)>`, "g");
const PROSE = new RegExp(`<Prose(?=\\s)[^>]*?${literal("text")}`, "g");

/** Formulas written out in a component's text. */
export function writtenOut(code: string): Rendered {
  const formulas = [...code.matchAll(TEX)].map(([, attributes, quoted, raw]) => {
    const source = quoted ?? raw;
    const display = /\sdisplay\b/.test(attributes.replace(source, ""));
    return { [keyOf(source, display)]: mathmlTree(source, display) };
  });
  const prose = [...code.matchAll(PROSE)].map(([, quoted, raw]) => inProse(quoted ?? raw));
  return Object.assign({}, ...formulas, ...prose);
}
