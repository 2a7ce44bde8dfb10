/** Formulas as MathML: the notation, where the build finds them, and what it refuses. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "vite";
import { describe, expect, it } from "vitest";
import { mathml, mathmlTree } from "../../scripts/tex/mathml.ts";
import { formulasInText } from "../../scripts/tex/missing.ts";
import { markNames } from "../../scripts/tex/names.ts";
import { formulasOf, writtenOut } from "../../scripts/tex/plugin.ts";
import { partsOf } from "../../src/lab/tex/parts.ts";
import { renderedFormula } from "../../src/lab/tex/rendered.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";
import "../../src/model/notebook.ts?tex";

const r = String.raw;

it.each(Object.entries(NOTEBOOK))(
  "the build has %s's formula, with its name in one piece",
  (name, { formula }) => {
    expect(JSON.stringify(renderedFormula(formula, true))).toMatch(
      new RegExp(`\\["mi",\\{("mathvariant":"normal")?\\},"${name}"\\]`),
    );
  },
);

describe("names in formulas", () => {
  const marked = (source: string) => markNames(source, (name) => `<${name}>`);
  it.each([
    ["counts_sum_inv_{i}", "<counts_sum_inv>_{i}"],
    ["W1 b2 h C dC", r`<W1> \,<b2> \,<h> \,<C> \,<dC>`],
    ["x_i dh_{ij}", r`x_i \,<dh>_{ij}`],
    ["k = tE + e", "k = tE + e"],
    [r`\frac{1}{n} dbnmeani_{j} 2`, r`\frac{1}{n} \,<dbnmeani>_{j} \,2`],
    [r`(1 − h_{ij}^{2}) dh_{ij}`, r`(1 − <h>_{ij}^{2}) \,<dh>_{ij}`],
    [r`\sum_{v} counts_{iv}`, r`\sum_{v} <counts>_{iv}`],
    [r`\tanh hpreact_{ij}`, r`\tanh <hpreact>_{ij}`],
    [r`\frac{\partial loss}{\partial h}`, r`\frac{\partial <loss>}{\partial <h>}`],
    [r`\text{of each row} \mathrm{abc}`, r`\text{of each row} \mathrm{abc}`],
    [r`\begin{array}{rcl} dh &= x \end{array}`, r`\begin{array}{rcl} <dh> &= x \end{array}`],
  ])("of %s", (source, expected) => expect(marked(source)).toBe(expected));
});

describe("MathML", () => {
  it("has the limits of a sum below it on a line of its own, and beside it in text", () => {
    expect(mathml(r`\sum_{i} x`, true)).toContain("<munder>");
    expect(mathml(r`\sum_{i} x`, false)).not.toContain("<munder>");
  });
  it("is data, which the page draws without reading text", () => {
    expect(mathmlTree("h_{i} < 1", false)).toEqual([
      "math",
      {},
      [
        "mrow",
        {},
        ["msub", {}, ["mi", { mathvariant: "normal" }, "h"], ["mi", {}, "i"]],
        ["mo", {}, "<"],
        ["mn", {}, "1"],
      ],
    ]);
  });
  it("has no style of its own, which the page's policy refuses", () => {
    const matrix = mathml(
      r`\begin{aligned} a &= \begin{pmatrix} 1 & 2 & 3 \end{pmatrix} \end{aligned}`,
      true,
    );
    expect(matrix).not.toContain(" style=");
    expect(matrix).toContain("tex-close");
    expect(() => mathml(r`\color{red} x`, true)).toThrow(/color.*policy refuses/);
  });
  it("is short in text, where no browser breaks it", () => {
    const long = Array(12).fill("dhprebn").join(" + ");
    expect(mathml(long, true)).toContain("dhprebn");
    expect(() => mathml(long, false)).toThrow("too long to stand in text");
  });
  it.each([r`\frac{1}{n`, "x_{i", "x}", r`\oops`, "x^2^3"])("refuses %s and names it", (source) => {
    expect(() => mathml(source, true)).toThrow(SyntaxError);
    expect(() => mathml(source, true)).toThrow(`the formula ${source} is wrong: `);
  });
});

describe("prose", () => {
  it("is taken apart, and kept as it is elsewhere", () => {
    expect(partsOf("A *b* of `c` at $x_{i}$: $$y$$ [d](https://e.org/f) costs 5 $, 2 * 3 * 4.")).toEqual([
      { kind: "text", text: "A " },
      { kind: "emphasis", text: "b" },
      { kind: "text", text: " of " },
      { kind: "code", text: "c" },
      { kind: "text", text: " at " },
      { kind: "formula", tex: "x_{i}", display: false },
      { kind: "text", text: ": " },
      { kind: "formula", tex: "y", display: true },
      { kind: "text", text: " " },
      { kind: "link", text: "d", href: "https://e.org/f" },
      { kind: "text", text: " costs 5 $, 2 * 3 * 4." },
    ]);
  });
});

describe("the build finds formulas", () => {
  it("in what a module exports", () => {
    const stops = [
      { say: "Of $a$ and $$b$$.", lines: [{ formula: "c" }, { formula: ["d", "e"] }], torch: "f" },
    ];
    expect(Object.keys(formulasOf({ stops, again: stops }))).toEqual([
      "$a$",
      "$$b$$",
      "$$c$$",
      "$$d$$",
      "$$e$$",
    ]);
  });
  it("that a component writes out", () => {
    const code = r`<><Tex of="a" /><Tex display of={r${"`"}\frac{1}{n}${"`"}} /><Prose
      text="Of $b$." /><Tex of={line.formula} /></>`;
    expect(Object.keys(writtenOut(code))).toEqual(["$a$", r`$$\frac{1}{n}$$`, "$b$"]);
  });
  it("that a module's text has, so that it can refuse those that it was not told to draw", () => {
    const code = [
      "const r = String.raw;",
      "export const a = { formula: r`\\frac{1}{n}`, more: { formula: ['x', 'y'] }, say: 'Of $z$.', cost: `$${r}$` };",
    ].join("\n");
    expect(formulasInText(parseAst(code))).toEqual([r`$$\frac{1}{n}$$`, "$$x$$", "$$y$$", "$z$"]);
  });
  it("and says which one it has not seen", () => {
    expect(() => renderedFormula("unseen_{i}", false)).toThrow("The formula $unseen_{i}$ was not there");
  });
});

/** GitHub draws TeX too, but knows no bare names, and takes Markdown's escapes out of `$…$`: only what backticks hold is safe. */
describe("the documents' formulas", () => {
  const root = join(import.meta.dirname, "../..");
  const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
  // mutants.md is a list of changed kernels, written by a program.
  for (const name of readdirSync(join(root, "docs")))
    if (name.endsWith(".md") && name !== "mutants.md") documents.push(`docs/${name}`);
  const formulas = documents.flatMap((name) => {
    const text = readFileSync(join(root, name), "utf8");
    return [...text.matchAll(/^```math\n(.*?)^```|\$`([^`]+)`\$/gms)].map(([, block, inline]) => ({
      name,
      tex: block ?? inline,
      display: block !== undefined,
    }));
  });

  it("are there", () => expect(formulas.length).toBeGreaterThan(4));
  it.each(formulas)("can be drawn: $tex in $name", ({ tex, display }) => {
    expect(mathml(tex, display)).toMatch(/^<math/);
    const bare: string[] = [];
    markNames(tex, (name) => `${bare.push(name)}`);
    expect(bare).toEqual([]);
  });
  it.each(documents)("are between backticks in %s", (name) => {
    const prose = readFileSync(join(root, name), "utf8").replace(/^```.*?^```|\$`[^`]+`\$|`[^`\n]+`/gms, "");
    expect(prose).not.toMatch(/\$[^$\s][^$\n]*\$|[Σ√ᵀ]/u);
  });
});
