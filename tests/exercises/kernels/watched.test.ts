/** Races that a device may hide are found in a record of what each invocation touches. */
import { expect, it } from "vitest";
import { conflictIn } from "../../../src/exercises/kernels/conflicts.ts";
import { Deadline } from "../../../src/exercises/kernels/deadline.ts";
import { gradeKernel, kernelTask } from "../../../src/exercises/kernels/judge.ts";
import { scan } from "../../../src/exercises/kernels/scan.ts";
import { Trials } from "../../../src/exercises/kernels/trials.ts";
import { watch } from "../../../src/exercises/kernels/watched.ts";
import { describeOnGpu } from "../../support/device.ts";

const OP = "reduce.sum_batch";
const SIZE = [1, 64, 1] as const;
const BARRIER = "workgroupBarrier();";

/** Line 1 has the declarations, and the body begins with line 3. */
const kernel = (shared: string, body: string, more = ""): string => `${shared} ${more}
@compute @workgroup_size(1, 64) fn main(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) group: vec3u) {
${body}
}`;

describeOnGpu("a race that a device hides", ({ device }) => {
  /** The lines of the first conflict: where it is written, and where it is read or written as well. All that can be touched must be in the record. */
  const conflict = async (text: string): Promise<readonly number[] | undefined> => {
    const task = kernelTask(OP);
    const trials = new Trials(device, task, scan(text), SIZE, new Deadline(device, 60_000));
    const watched = watch(trials.scan)!;
    const posed = trials.pose({ name: "", dims: { R: 3, C: 3 } }, 1);
    const { record } = await trials.run(posed, { watched });
    const touched = new Set(record.filter((n, k) => k % 2 === 0 && n >= 0).map((n) => n % 1024));
    expect(touched.size).toBe(watched.sites.length);
    const found = conflictIn(watched, record, 64);
    return found && [found.written.line, found.other.line];
  };

  const one = "var<workgroup> s: array<f32, 64>;";
  const two = "const W = 8u; var<workgroup> t: array<array<f32, W>, 8>;";
  const total = "var<workgroup> total: u32;";
  it.each<[string, string, readonly number[] | undefined]>([
    ["neighbours", kernel(one, `s[i] = 1.0;\ny[0] = s[i ^ 1u];`), [3, 4]],
    ["neighbours that wait", kernel(one, `s[i] = 1.0; ${BARRIER}\ny[0] = s[i ^ 1u];`), undefined],
    ["no neighbours", kernel(one, "s[i] = 1.0;\ny[0] = s[i];"), undefined],
    ["a statement that does both", kernel(one, "s[i] += s[63u - i];"), [3, 3]],
    ["read before it is written", kernel(one, "let a = s[i ^ 1u];\ns[i] = a;"), [4, 3]],
    [
      "a second round",
      kernel(
        one,
        `for (var r = 0; r < 2; r++) {\ns[i] = 1.0;\n${BARRIER}\ny[0] = s[i32(63u - i)]; }\n${BARRIER}`,
      ),
      [4, 6],
    ],
    [
      "a second round that waits",
      kernel(one, `for (var r = 0; r < 2; r++) { s[i] = 1.0; ${BARRIER} y[0] = s[63u - i]; ${BARRIER} }`),
      undefined,
    ],
    ["rows and columns", kernel(two, "t[i / W][i % W] = 1.0;\ny[0] = t[i % W][i / W];"), [3, 4]],
    [
      "rows and columns that wait",
      kernel(two, `t[i / W][i % W] = 1.0; ${BARRIER}\ny[0] = t[i % W][i / W];`),
      undefined,
    ],
    [
      "an element of one's own in a row",
      kernel(two, "t[i / W][i % W] = 1.0;\ny[0] = t[i / 8][i % 8];"),
      undefined,
    ],
    ["a number", kernel(total, "if (i == 5u) { total = 1u; }\ny[0] = f32(total);"), [3, 4]],
    [
      "a number that is waited for",
      kernel(total, `if (i == 5u) { total = 1u; }\n${BARRIER} y[total] = f32(total);`),
      undefined,
    ],
    ["all write at one place and nobody reads", kernel(one, "s[3] = 1.0;"), undefined],
    ["written at two places", kernel(one, "if (i == 3u) {\ns[3] = 1.0; } else {\ns[3] = 2.0; }"), [4, 5]],
    ["written at two places by the same one", kernel(one, "s[i] = 1.0; s[i] = 2.0;"), undefined],
    [
      "vectors",
      kernel(
        "var<workgroup> s: array<vec4<f32>, 64>;",
        "s[i] = vec4(1.0);\ny[0] = s[i].x + dot(s[i ^ 1u], s[i]);",
      ),
      [3, 4],
    ],
    [
      "indices within indices",
      kernel(
        `${total} var<workgroup> s: array<u32, 64>; var<workgroup> t: array<f32, 64>;`,
        `total = 0u; s[i] = i;\n${BARRIER}t[s[i]] = 1.0; let a = t[s[total]];`,
      ),
      [4, 4],
    ],
    [
      "each way of writing",
      kernel(
        "var<workgroup> s: array<u32, 64>;",
        "s[i] = 1u; s[i]++; s[i] *= 2u; s[i] <<= 1u; for (; (s[i] <= 9u) && s[i] == (s[i] & 255u); ) { s[i]++; }",
      ),
      undefined,
    ],
    [
      "the last workgroup alone",
      kernel(one, "s[i] = 1.0; if (group.x == 2u) {\ny[0] = s[i ^ 1u]; } else { y[0] = s[i]; }"),
      [3, 4],
    ],
    ["in a function", kernel(one, "put(i);\ny[0] = s[i ^ 1u];", "fn put(k: u32) { s[k] = 1.0; }"), [1, 4]],
    [
      "a barrier in a function",
      kernel(one, "s[i] = 1.0; wait();\ny[0] = s[i ^ 1u];", `fn wait() { ${BARRIER} }`),
      undefined,
    ],
    [
      "a kernel that does not ask where it is",
      `${total}\n@compute @workgroup_size(1, 64)\nfn main(@builtin(global_invocation_id) id: vec3u) { total = id.x;\ny[0] = f32(total); }`,
      [3, 4],
    ],
    [
      "types with names",
      kernel(
        "alias Row = array<f32, 8>; alias Rows = array<Row, 8>; var<workgroup> t: Rows;",
        "t[1][i % 8] = 1.0;\ny[0] = t[1][0];",
      ),
      [3, 4],
    ],
  ])("%s", async (_, text, lines) => {
    expect(await conflict(text)).toEqual(lines);
  });

  it.each([
    ["nothing shared", kernel("", "y[0] = 1.0;")],
    ["a pointer", kernel(one, "let p = &s[i]; *p = 1.0;")],
    ["a local variable of the same name", kernel(one, "let s = 1.0; y[0] = s;")],
    ["a parameter of the same name", kernel(one, "y[0] = f(1.0);", "fn f(s: f32) -> f32 { return s; }")],
    ["atomics", kernel("var<workgroup> s: array<atomic<u32>, 64>;", "atomicAdd(&s[i], 1u);")],
    ["a whole array", kernel(one, "s = array<f32, 64>();")],
    ["a part of a vector", kernel("var<workgroup> s: array<vec4f, 64>;", "s[i].x = 1.0;")],
    ["a structure", kernel("struct A { a: f32 } var<workgroup> s: A;", "s.a = 1.0;")],
    [
      "a load with a barrier of its own",
      kernel(total, "total = 1u; y[0] = f32(workgroupUniformLoad(&total));"),
    ],
  ])("is not looked for: %s", (_, text) => {
    expect(watch(scan(text))).toBeUndefined();
  });

  // The last rounds without barriers, as in much CUDA code: 4 invocations or more run side by side on every device that we know.
  it("is a mistake though all values are right", async () => {
    const text = kernel(
      one,
      `var sum = 0.0; for (var r = i; r < R; r += 64u) { sum += x[r * C + group.x]; }
s[i] = sum; ${BARRIER}
for (var half = 32u; half > 0u; half /= 2u) {
if (i < half) { s[i] += s[i + half]; }
if (half > 2u) { ${BARRIER} } }
if (i == 0u) { y[group.x] = s[0]; }`,
    );
    const { verdict, mistake, cases } = await gradeKernel(text, { op: OP, device, longest: 20_000 });
    expect({ verdict, id: mistake?.id }).toEqual({ verdict: "wrong", id: "race" });
    expect(mistake!.says).toContain(
      "line 6 reads an element of `s` that another invocation writes in line 6,",
    );
    expect(cases.every(({ ok }) => ok)).toBe(true);
  });
});
