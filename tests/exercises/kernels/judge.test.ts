/** The verdict on kernels that go wrong in every way that a text can: each gets one, in time, and the device goes on. */
import { expect, it } from "vitest";
import { gradeKernel } from "../../../src/exercises/kernels/judge.ts";
import type { KernelReport } from "../../../src/exercises/kernels/report.ts";
import { describeOnGpu, openTestDevice } from "../../support/device.ts";

const PARAMETERS =
  "@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u";
const RULE = "if (id.x < N * H) { dx[id.x] = (1.0 - y[id.x] * y[id.x]) * dy[id.x]; }";

/** A kernel for `tanh.backward`, whose body begins on line 2 if nothing stands before it. */
const kernel = (body: string, before = "", size = "64") =>
  `${before}@compute @workgroup_size(${size}) fn main(${PARAMETERS}) {\n${body}\n}`;

/** Column c of `reduce.sum_batch`, added up by 64 invocations; what is between the sums and the result is given. */
const tree = (between: string) => `var<workgroup> partial: array<f32, 64>;
@compute @workgroup_size(1, 64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  var sum = 0.0;
  for (var r = index; r < R; r += 64u) { sum += x[r * C + group.x]; }
  partial[index] = sum;
${between}
  if (index == 0u) { y[group.x] = partial[0]; }
}`;
const ADD = "if (index < half) { partial[index] += partial[index + half]; }";

describeOnGpu("the verdict on a kernel", ({ device }) => {
  const grade = async (text: string, op = "tanh.backward"): Promise<KernelReport> => {
    const report = await gradeKernel(text, { op, device });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    for (const said of [report.message, report.mistake?.says])
      if (said) expect(said).toMatch(/^[^\n]{10,600}$/);
    return report;
  };

  it.each<[string, string, string?]>([
    ["two conditions", kernel(RULE)],
    ["a for without a condition", kernel(`var a = 0u; for (;;) { a++; if (a > 5u) { break; } } ${RULE}`)],
    ["comments", kernel(`/* for (;;) { /* nested */ } */ // while (true) {\n${RULE} // }`)],
    ["a buffer's length", kernel(RULE.replace("N * H", "arrayLength(&dx)"))],
    [
      "a buffer's length through a pointer",
      kernel(`let p = &dx; ${RULE.replace("N * H", "arrayLength(p)")}`),
    ],
    [
      "a buffer's length in a function",
      kernel(
        RULE.replace("N * H", "len(&dx)"),
        "fn len(p: ptr<storage, array<f32>, read_write>) -> u32 { return arrayLength(p); }\n",
      ),
    ],
    [
      "a function of one's own called arrayLength",
      kernel(
        RULE.replace("N * H", "arrayLength(1u)"),
        "fn arrayLength(n: u32) -> u32 { return n * N * H; }\n",
      ),
    ],
    [
      "templates beside comparisons",
      kernel(
        `var a = array<f32, 4>(1.0, 2.0, 3.0, 4.0); let c = index < 4u && id.x > 3u; ${RULE.replace("1.0", "a[0]")}`,
      ),
    ],
    [
      "names like those that are put in",
      kernel(
        `var rounds = 1u; var rounds_0 = 2u; for (var flags = 0u; flags < 2u; flags++) { rounds += rounds_0; } ${RULE}`,
        "var<private> counter_1 = 3u;\nfn rounds_flags() -> u32 { return counter_1; }\n",
      ),
    ],
    ["an override", kernel(RULE, "override k = 64u;\n", "k")],
    [
      "a loop that only a return leaves",
      kernel(
        RULE.replace("1.0", "one(id.x)"),
        "fn one(n: u32) -> f32 { var a = n; loop { if (a % 8u == 0u) { return 1.0; } a++; } }\n",
      ),
    ],
    [
      "loops in functions in loops, with barriers",
      `var<workgroup> partial: array<f32, 64>;
fn halves(n: u32) -> u32 { var h = 1u; while (2u * h < n) { h *= 2u; } return h; }
fn total(c: u32, index: u32) -> f32 {
  var sum = 0.0;
  for (var r = index; r < R; r += 64u) { sum += x[r * C + c]; }
  partial[index] = sum;
  var half = halves(64u);
  loop {
    workgroupBarrier();
    if (half == 0u) { break; }
    if (index < half) { partial[index] += partial[index + half]; }
    continuing { half /= 2u; }
  }
  return partial[0];
}
@compute @workgroup_size(1, 64) fn main(${PARAMETERS}) {
  for (var k = 0u; k < 2u; k++) {
    let sum = total(group.x, index);
    if (index == 0u) { y[group.x] = sum; }
    workgroupBarrier();
  }
}`,
      "reduce.sum_batch",
    ],
    [
      "a function with a loop, called where not all invocations come, and for a barrier's condition",
      `var<workgroup> partial: array<f32, 64>;
fn halves(n: u32) -> u32 { var h = 1u; while (2u * h < n) { h *= 2u; } return h; }
@compute @workgroup_size(1, 64) fn main(${PARAMETERS}) {
  var sum = 0.0;
  for (var r = index; r < R; r += 64u) { sum += x[r * C + group.x]; }
  partial[index] = sum;
  if (index < 7u) { partial[index] += 0.0 * f32(halves(index + 3u)); }
  var half = halves(64u);
  while (half > 0u) {
    workgroupBarrier();
    ${ADD}
    half /= 2u;
  }
  if (index == 0u) { y[group.x] = partial[0]; }
}`,
      "reduce.sum_batch",
    ],
  ])("right: %s", async (_, text, op) => {
    const report = await grade(text, op);
    expect(report).toMatchObject({ ok: true, verdict: "right", mistake: null, message: null });
    expect(report.cases.length).toBeGreaterThan(1);
    expect(report.cases.every(({ ok, worst }) => ok && worst === null)).toBe(true);
  });

  it.each<[string, string, number]>([
    ["a for", kernel(`for (var i = 0u; i < 9u; i += 0u) { dx[0] += 1.0; }\n${RULE}`), 2],
    ["a while", kernel(`var a = 1u;\nwhile (a > 0u) { a |= 1u; }\n${RULE}`), 3],
    ["a continuing", kernel(`var a = 1u;\n\nloop { a |= 2u; continuing { break if a == 0u; } }\n${RULE}`), 4],
    [
      "three in one another",
      kernel(
        `for (var i = 0u; i < 9u; i += 0u) {\nfor (var j = 0u; j < 9u; j += 0u) {\nfor (var k = 0u; k < 9u; k += 0u) { dx[0] += 1.0; } } }\n${RULE}`,
      ),
      2,
    ],
    [
      "in a function that has a result",
      kernel(
        RULE.replace("1.0", "one(id.x)"),
        "fn one(n: u32) -> f32 {\n  var a = n;\n  loop {\n    if (a == 7777777u) { return 1.0; }\n    a |= 1u;\n  }\n}\n",
      ),
      3,
    ],
    [
      "functions that call each other in loops, a thousand million rounds",
      kernel(
        "var s = 0.0; for (var i = 0u; i < 1000u; i++) { s += b(id.x); } dx[id.x] = s;",
        "fn a(n: u32) -> f32 { var s = 0.0; for (var i = 0u; i < 1000u; i++) { s += f32(i * n); } return s; }\nfn b(n: u32) -> f32 { var s = 0.0; for (var i = 0u; i < 1000u; i++) { s += a(n + i); } return s; }\n",
      ),
      1,
    ],
  ])("endless: %s", async (_, text, line) => {
    const report = await grade(text);
    expect(report).toMatchObject({ ok: false, verdict: "endless", cases: [], mistake: null });
    expect(report.message).toMatch(new RegExp(`^line ${line}: this loop does not end: `));
  });

  it.each<[string, string, RegExp]>([
    ["a syntax error", kernel(`let a = ;\n${RULE}`), /^line 2, column 9: /],
    ["a type error on a later line", kernel(`\n\nlet a: f32 = 1u;`), /^line 4, column 5: cannot initialize/],
    ["a loop without an end", kernel("loop { }"), /^line 2, column 1: loop does not exit$/],
    [
      "two mains",
      `${kernel(RULE)}\n${kernel(RULE)}`,
      /^line 4, column \d+: redeclaration of 'main'; line 1: /,
    ],
    [
      "a size declared again",
      `const N = 3u;\n${kernel(RULE)}`,
      /^line 1.*redeclaration of 'N'; in front of your text/,
    ],
    [
      "a binding declared again",
      `@group(0) @binding(0) var<storage> y: array<f32>;\n${kernel(RULE)}`,
      /^line 1: `y`/,
    ],
    [
      "another binding",
      `\n@group(0) @binding(9) var<storage> q: array<f32>;\n${kernel(RULE)}`,
      /^line 2: `q` must not/,
    ],
    ["a directive", `enable f16;\n${kernel(RULE)}`, /^line 1: `enable` is not possible here/],
    ["an input that is written", kernel("y[0] = 1.0;"), /^line 2, column \d+: .*read/],
    [
      "a barrier that not all come to",
      kernel("if (index < 3u) {\nworkgroupBarrier(); }"),
      /^line 3, column 1: 'workgroupBarrier' must only be called from uniform control flow; line 2: /,
    ],
    [
      "too much workgroup memory",
      kernel("t[index] = 1.0; dx[id.x] = t[0];", "var<workgroup> t: array<f32, 60000>;\n"),
      /workgroup storage \(240000 bytes\)/,
    ],
    [
      "brackets in thousands",
      kernel(`dx[0] = ${"(".repeat(3000)}1.0${")".repeat(3000)};`),
      /^line 2, column \d+: /,
    ],
    ["a zero character", kernel("dx[0] = 1.0; // \0"), /illegal character/],
    [
      "recursion",
      kernel("dx[0] = f(1.0);", "fn f(a: f32) -> f32 { return f(a); }\n"),
      /^line 1, column 1: cyclic/,
    ],
  ])("error: %s", async (_, text, message) => {
    const report = await grade(text);
    expect(report).toMatchObject({ ok: false, verdict: "error", cases: [], mistake: null });
    expect(report.message).toMatch(message);
  });

  it.each<[string, string, string, RegExp, string?]>([
    [
      "past the end",
      "past-the-end",
      kernel(RULE.replace("id.x < N * H", "true")),
      /yours writes to `dx\[2\]`/,
    ],
    ["nothing written", "never-written", kernel(""), /^Nothing is ever written to `dx`\.$/],
    [
      "the last element forgotten",
      "never-written",
      kernel(RULE.replace("id.x <", "id.x + 1u <")),
      /`dx` is written up to element \d+ only/,
    ],
    [
      "every other element forgotten",
      "never-written",
      kernel(RULE.replace("id.x <", "id.x % 2u == 0u && id.x <")),
      /^\d+ of the \d+ elements of `dx` are never written, the first of them `dx\[1\]`/,
    ],
    [
      "numbered within the workgroup",
      "first-workgroup",
      kernel(RULE.replaceAll("id.x", "index")),
      /^Every workgroup writes the same elements/,
    ],
    [
      "read within the workgroup",
      "first-workgroup",
      kernel(RULE.replaceAll("y[id.x]", "y[index]")),
      /^The first workgroup's elements are right and all others are wrong/,
    ],
    [
      "added to what was there",
      "not-initialised",
      kernel(RULE.replace("] = (", "] += (")),
      /right once, in memory that is 0/,
    ],
    [
      "a tree without barriers",
      "race",
      tree(`for (var half = 32u; half > 0u; half /= 2u) { ${ADD} }`),
      /^A race: line 7 reads an element of `partial` that another invocation writes in line 6,/,
      "reduce.sum_batch",
    ],
    [
      "a tree without its first barrier",
      "race",
      tree(`for (var half = 32u; half > 0u; half /= 2u) {\n ${ADD}\n workgroupBarrier(); }`),
      /^A race: line 8 reads an element of `partial` that another invocation writes in line 6,/,
      "reduce.sum_batch",
    ],
    [
      "a tree without its last barriers",
      "race",
      tree(`workgroupBarrier();\nfor (var half = 32u; half > 0u; half /= 2u) {\n ${ADD} }`),
      /^A race: line 9 reads an element of `partial` that another invocation writes in line 9,/,
      "reduce.sum_batch",
    ],
    ["NaN", "not-finite", kernel(RULE.replace("= (", "= sqrt(-1.0 - abs(y[id.x])) * (")), /NaN|infinite/],
    ["zero", "zero", kernel(RULE.replace("= (", "= 0.0 * (")), /`dx` is 0 everywhere/],
    [
      "a number too large",
      "factor",
      kernel(RULE.replace("= (", "= -3.0 * (")),
      /has the wrong sign and is 3 times too large/,
    ],
    [
      "a size too large",
      "factor",
      kernel(RULE.replace("= (", "= f32(H) * (")),
      /too large by a factor of H\.$/,
    ],
    [
      "only whole workgroups",
      "whole-tiles",
      kernel(
        RULE.replace(
          "id.x < N * H)",
          "id.x < N * H && id.x / 64u < N * H / 64u) { dx[id.x] = 0.0; } else if (id.x < N * H) { dx[id.x] = 7.0; }\nif (id.x / 64u < N * H / 64u)",
        ),
      ),
      /^Right where the sizes are multiples of the workgroup's/,
    ],
  ])("wrong: %s", async (_, id, text, says, op) => {
    const report = await grade(text, op);
    expect(report).toMatchObject({ ok: false, verdict: "wrong", mistake: { id }, message: null });
    expect(report.mistake!.says).toMatch(says);
    // A device may hide a race.
    if (id !== "race") expect(report.cases.some(({ ok }) => !ok)).toBe(true);
  });

  it("wrong values that nothing is known of are shown", async () => {
    const report = await grade(kernel(RULE.replace("= (", "= sin(y[id.x] + f32(id.x)) + (")));
    expect(report).toMatchObject({ ok: false, verdict: "wrong", mistake: null });
    expect(report.message).toMatch(
      /^`dx\[\d+\]` is −?[\d.]+, and −?[\d.]+ is right, where N is \d+ and H is \d+$/,
    );
  });

  it("an exercise that there is not is named", async () => {
    await expect(gradeKernel("", { op: "tanh.sideways", device })).rejects.toThrow(
      /^there is no kernel exercise "tanh.sideways": use one of sgd.step, tanh.backward, /,
    );
  });

  it("a device that is lost is said, and another one judges on", async () => {
    const opened = await openTestDevice();
    const verdict = gradeKernel(kernel(RULE), { op: "tanh.backward", device: opened.device });
    opened.close();
    const lost = { ok: false, verdict: "error", cases: [], mistake: null };
    expect(await verdict).toMatchObject(lost);
    const after = await gradeKernel(kernel(RULE), { op: "tanh.backward", device: opened.device });
    expect(after).toMatchObject(lost);
    expect(after.message).toMatch(/^the device was lost \(.+\): run the text again on a new one$/);
    expect((await grade(kernel(RULE))).verdict).toBe("right");
  });
});
