/** What is read from a kernel's text, what is put into it, and which texts are refused. Needs no GPU. */
import { describe, expect, it } from "vitest";
import { KERNEL_TASKS } from "../../../src/exercises/kernels/catalogue.ts";
import { instrument } from "../../../src/exercises/kernels/instrument.ts";
import { requireKernel, requireShort, TextError } from "../../../src/exercises/kernels/refused.ts";
import { placeOf } from "../../../src/exercises/kernels/report.ts";
import { scan } from "../../../src/exercises/kernels/scan.ts";
import { tokensOf } from "../../../src/exercises/kernels/tokens.ts";

const words = (text: string) => tokensOf(text).map((t) => t.text);
const kernel = (size: string, body = "", before = "") =>
  `${before}@compute @workgroup_size(${size}) fn main(@builtin(global_invocation_id) id: vec3u) { ${body} }`;
const texts = KERNEL_TASKS.flatMap((task) => [
  ...task.spellings,
  task.stub,
  ...task.mistakes.map((m) => m.text),
]);

describe("the tokenizer", () => {
  it("leaves out comments, which nest, and counts lines whatever ends them", () => {
    expect(words("a /* for /* { */ */ b // } c\nd")).toEqual(["a", "b", "d"]);
    expect(words("a /*/ b */ c")).toEqual(["a", "c"]);
    expect(words("a /* never closed b")).toEqual(["a"]);
    const lines = tokensOf("a\r\nb\nc\rd\u2028e\vf").map((t) => t.line);
    expect(lines).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("knows numbers from signs", () => {
    expect(words("1e-5-.5f+0x1Fu*2.-0xep-3")).toEqual([
      ...["1e-5", "-", ".5f", "+", "0x1Fu", "*", "2.", "-", "0xep-3"],
    ]);
    expect(words("a->b a<b>c")).toEqual(["a", "->", "b", "a", "<", "b", ">", "c"]);
  });

  it("takes any text, in its order", () => {
    const text = "𝑥 ñ変数 \ud800 \0 \u0085 '\" @#$ \u200e end";
    const tokens = tokensOf(text);
    expect(tokens.map(({ start, end }) => text.slice(start, end))).toEqual(tokens.map((t) => t.text));
    expect(tokens.at(-1)!.text).toBe("end");
  });
});

describe("the scan", () => {
  it("finds functions with their results, loops and calls", () => {
    const { functions, shared, constants } = scan(`
const W = 8u;
var<workgroup> tile: array<f32, 64>;
@must_use fn total(r: u32) -> array<f32, 4> {
  while r < 4u { loop { if (r > 1u) { break; } continuing { break if r == 0u; } } }
  return array<f32, 4>();
}
@compute @workgroup_size(W, 2)
fn main() { for (var i = 0u; i < 2u; i++) { let t = total(i); } }`);
    expect(functions.map(({ name, result, line }) => [name, result, line])).toEqual([
      ["total", "array<f32, 4>", 4],
      ["main", undefined, 9],
    ]);
    expect(functions[0].loops.map(({ line, depth }) => [line, depth])).toEqual([
      [5, 0],
      [5, 1],
    ]);
    expect(functions[1].calls.map(({ name }) => name)).toContain("total");
    expect([...shared.keys()]).toEqual(["tile"]);
    expect([...constants.keys()]).toEqual(["W"]);
  });

  it.each(["{".repeat(9000), "fn f(".repeat(3000), "@".repeat(5000), "a<".repeat(5000), "/*".repeat(9000)])(
    "ends for any text",
    (text) => {
      const read = scan(text);
      expect(instrument(read, { limit: 1, guard: 64, taken: [] }).loops).toEqual([]);
    },
  );
});

describe("the instrumentation", () => {
  const options = { limit: 10, guard: 64, taken: ["x"] };

  it("keeps every line of the catalogue's kernels, and everything that stands on it", () => {
    for (const text of texts) {
      const read = scan(text);
      const { code, loops } = instrument(read, options);
      expect(code.split("\n").length).toBe(text.split("\n").length);
      expect(loops.length).toBe(words(text).filter((w) => ["for", "while", "loop"].includes(w)).length);
      let at = -1;
      const after = words(code);
      for (const word of words(text)) at = after.indexOf(word, at + 1);
      expect(at).toBeGreaterThanOrEqual(0);
    }
  });

  it("takes names that the text has not", () => {
    const text = kernel("1", "var rounds_0 = 1u; let rounds1x = 2u; loop { break; }");
    const { code, flags } = instrument(scan(text), { ...options, taken: ["rounds2xyz"] });
    expect(flags).toBe("rounds3x_flags");
    expect(code).toContain("var rounds3x_0 = 0u;");
  });

  it("hands counters on through functions that have no loop of their own", () => {
    const text = `fn a() { loop { break; } } fn b() { a(); } ${kernel("1", "b();")}`;
    const { code } = instrument(scan(text), options);
    expect(code).toContain("fn b(rounds_0: ptr<function, u32>, )");
    expect(code).toContain("a(rounds_0, )");
    expect(code).toContain("b(&rounds_0, )");
  });
});

describe("the workgroup size", () => {
  const size = (text: string, before = "") => requireKernel(scan(kernel(text, "", before)));

  it.each<[string, string, number[]]>([
    ["64", "", [64, 1, 1]],
    ["8, 4,", "", [8, 4, 1]],
    ["W * 2u, 1 << 2, W - 7u", "const W = 8u;", [16, 4, 1]],
    ["max(A, B), u32(2)", "const A: u32 = 0x10u; const B = A / 3;", [16, 2, 1]],
    ["(1 + 2) * 4 % 7 & 6 | 1", "", [5, 1, 1]],
    ["K", "@id(3) override K: u32 = 32u;", [32, 1, 1]],
  ])("%s", (text, before, expected) => {
    expect(size(text, before)).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    ["257", "", /^a workgroup of 257 invocations is too large: every device has 256$/],
    ["16, 17", "", /^a workgroup of 272 invocations/],
    ["1, 1, 65", "", /65 is too much for z: use at most 64$/],
    ["0", "", /^`@workgroup_size`: a workgroup size of 0 is none/],
    ["H", "", /`H` is no constant of yours: give it a number$/],
    ["1.5", "", /1.5 is no whole number$/],
    ["vec2(1).x", "", /give it a number$/],
    ["A", "const A = B; const B = A;", /its constants lead too far/],
    ["64", "override K: u32;", /^`K` gets no value: write `const K = …;`$/],
  ])("%s with %j is refused", (text, before, message) => {
    expect(() => size(text, before)).toThrow(message);
  });

  it("is read in time where constants double", () => {
    const constants = Array.from({ length: 25 }, (_, i) => `const a${i + 1} = a${i} + a${i};`).join("\n");
    expect(() => size("a25", `const a0 = 1;\n${constants}`)).toThrow(/33,554,432 invocations/);
  });
});

describe("a text is refused in a line", () => {
  const refuse = (text: string): TextError => {
    try {
      requireShort(text);
      requireKernel(scan(text), { H: 100 });
    } catch (error) {
      if (error instanceof TextError) return error;
      throw error;
    }
    throw new Error("it is not refused");
  };

  it.each<[string, string, RegExp, number?]>([
    ["too long", "x".repeat(20_001), /^a kernel of 20,001 characters is too long/],
    ["too many lines", "\n".repeat(2000), /^a kernel of 2,001 lines is too long/],
    ["empty", " \n ", /^there is no kernel yet/],
    ["without main", "fn f() {}", /^there is no function `main`/],
    ["main without a stage", "\nfn main() {}", /^`main` has to be a kernel/, 2],
    ["many loops", kernel("1", "\nloop { break; }".repeat(65)), /^there are 65 loops: use at most 64$/, 66],
    ["deep loops", kernel("1", "\nloop {".repeat(9) + "}".repeat(9)), /^more than 8 loops/, 10],
    ["many words", kernel("1", "a;".repeat(6000)), /^a kernel of 12,\d{3} words and signs is too long/],
    [
      "calls that multiply",
      `fn f0() { a; }${Array.from({ length: 20 }, (_, i) => `fn f${i + 1}() { f${i}(); f${i}(); }`).join("")}${kernel("1", "f20();")}`,
      /^with its functions in place of their calls, this kernel has more than 10,000 words/,
    ],
    ["large arrays", kernel("1", "var a: array<array<vec4f, H>, 2>;"), /arrays of 800 elements to itself/],
    [
      "large arrays by other names",
      `alias A = array<f32, 200>; struct S { a: A, b: u32 } ${kernel("1", "var s: array<S, 3>;")}`,
      /arrays of 600 elements to itself/,
    ],
  ])("%s", (_, text, message, line) => {
    const { message: said, place } = refuse(text);
    expect(said).toMatch(message);
    expect(place?.line).toBe(line);
  });

  it("but none of the catalogue's", () => {
    for (const text of texts) expect(() => requireKernel(scan(text), { H: 300 })).not.toThrow();
    const shared = kernel("64", "t[0] = 1.0;", "var<workgroup> t: array<f32, 4096>;");
    expect(requireKernel(scan(shared))).toEqual([64, 1, 1]);
  });
});

it("a message begins with its place", () => {
  expect(placeOf("line 7, column 3: no")).toEqual({ line: 7, column: 3 });
  expect(placeOf("line 12: no")).toEqual({ line: 12 });
  expect(placeOf("no line 3: no")).toBeUndefined();
});
