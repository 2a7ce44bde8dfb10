/** `grade --op`: what it prints of a kernel, its JSON and its exit code, with and without training. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KERNEL_TASKS } from "../../src/exercises/kernels/catalogue.ts";
import { kernelTask } from "../../src/exercises/kernels/judge.ts";
import type { KernelReport } from "../../src/exercises/kernels/report.ts";
import { adapterEnv } from "../support/adapter.ts";
import { eventsOf, newFolder, type Ran, run, runProcess } from "../support/cli.ts";
import { describeOnGpu } from "../support/device.ts";

const folder = newFolder();
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const grade = (...args: string[]): Promise<Ran> => run(folder, ["grade", ...args], { env: adapterEnv });
const report = (ran: Ran): KernelReport => {
  const [event, ...more] = eventsOf(ran);
  expect(more).toEqual([]);
  return event as unknown as KernelReport;
};
const lastLine = ({ stdout }: Ran): string | undefined => stdout.trimEnd().split("\n").at(-1);

const tanh = kernelTask("tanh.backward");
const [plain, right] = tanh.spellings;
const file = put("right.wgsl", right);

describeOnGpu("a kernel", ({ name }) => {
  it("that is right is ok: a row for each case, and exit code 0", async () => {
    const ran = await grade(file, "--op", "tanh.backward");
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(name);
    const [head, ...rows] = ran.stdout.trimEnd().split("\n");
    expect(head).toMatch(/^sizes +ok +worst element$/);
    for (const row of rows.slice(0, -1)) expect(row).toMatch(/^N [\d,]+, H [\d,]+ +true$/);
    expect(rows.at(-1)).toBe(
      `ok: right in all ${rows.length - 1} cases. For the project's kernel: --spellings`,
    );
  });

  it("with training, as a process of its own, which ends", async () => {
    const ran = await runProcess(folder, ["grade", file, "--op", "tanh.backward", "--train", "2", "--json"], {
      env: adapterEnv,
    });
    expect(ran.code).toBe(0);
    expect(report(ran)).toEqual({
      ...{ kind: "kernel", op: "tanh.backward", ok: true, verdict: "right" },
      cases: expect.arrayContaining([{ sizes: { N: expect.any(Number), H: 1 }, ok: true, worst: null }]),
      ...{ mistake: null, message: null, training: { steps: 2, firstDifference: null } },
    });
  });

  it("with a mistake has its sentence, its id in the JSON, and exit code 1", async () => {
    const [mistake] = tanh.mistakes;
    const wrong = put("wrong.wgsl", mistake.text);
    const ran = await grade(wrong, "--op", "tanh.backward", "--train", "1");
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/^N \d+, H \d+ +false +dx\[\d+\] \S+ want \S+$/m);
    expect(ran.stdout).toMatch(/^training: 1 steps; mean loss of the last 1: \d\.\d{4} with your kernel, /m);
    expect(ran.stdout).toMatch(
      /^ {2}the first that differs beyond rounding: dhpreact in step 0, where dhpreact\[\d+\] is \S+, want \S+$/m,
    );
    expect(lastLine(ran)).toMatch(
      /^NOT ok: wrong in \d of \d cases; training differs from step 0 on\. For a hint: --hint 1$/,
    );
    const found = report(await grade(wrong, "--op", "tanh.backward", "--json"));
    expect(found).toMatchObject({ ok: false, verdict: "wrong", mistake: { id: mistake.id } });
    expect(found).not.toHaveProperty("training");
    expect(ran.stdout).toContain(`  ${found.mistake?.says}\n`);
  });

  it("that does not compile has the compiler's message at its line, and trains nothing", async () => {
    const bad = put("bad.wgsl", right.replace(/\bid\.x\b/, "idx.x"));
    const ran = await grade(bad, "--op", "tanh.backward", "--train", "2");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("nothing trains, since the kernel does not run\n");
    expect(ran.stdout).toMatch(
      /^ {2}(\d+) \| .*idx\.x.*\nNOT ok: line \1, column \d+: unresolved value 'idx'\n$/,
    );
  });

  it("with an endless loop ends", async () => {
    const text = right.replace(/\bdx\[/, "for (var k = 0u; k < 2u;) { _ = N; }\n  dx[");
    const ran = await grade(put("endless.wgsl", text), "--op", "tanh.backward");
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/^ {2}(\d+) \| .*for \(.*\nNOT ok: line \1: this loop does not end: .*\n$/);
  });

  it("has hints, and the project's kernel once it is right", async () => {
    const first = await grade(file, "--op", "tanh.backward", "--hint", "1", "--spellings");
    expect(first.stdout).toContain(`tanh.backward: ${tanh.asked}\n  1. ${tanh.hints[0].title}: `);
    expect(first.stdout).toContain(`  the next of ${tanh.hints.length} hints: --hint 2\n`);
    expect(first.stdout).toContain(`  the project's plain kernel:\n    ${plain.split("\n")[0]}\n`);
    expect(first.stdout).toContain("npm run doctor -- --kernel tanh.backward\n");
    const wrong = await grade(
      put("w.wgsl", tanh.mistakes[0].text),
      "--op",
      "tanh.backward",
      "--hint",
      String(tanh.hints.length),
      "--spellings",
    );
    expect(wrong.stdout).toContain(`  ${tanh.hints.length}. the kernel:\n`);
    expect(wrong.stdout).not.toContain("the project's plain kernel");
    expect(wrong.stdout).not.toContain("the next of");
  });

  it.each([
    ["nonsense", "}{ 🙂 nonsense"],
    ["nothing", ""],
  ])("of %s is refused in one line on stdout", async (_, text) => {
    const { code, stdout } = await grade(put("nonsense.wgsl", text), "--op", "sgd.step", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      verdict: "error",
      cases: [],
      message: expect.any(String),
    });
  });
});

describe("the exercise alone", () => {
  it.each(KERNEL_TASKS.map(({ name }) => name))("of %s is a file to begin with", async (name) => {
    const { code, stdout } = await grade("--op", name);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    const from = lines.findIndex((line) => !line.startsWith("//"));
    expect(stdout).toMatch(/^\/\/ {3}@group\(0\) @binding\(0\) /m);
    expect(lines.slice(from).join("\n")).toBe(`\n${kernelTask(name).stub}\n`);
  });
});

describe("refused in one line", () => {
  put("lines.py", "dh = dlogits @ W2.T\n");
  put("binary.wgsl", Uint8Array.of(1, 0, 2));
  const cases: [what: string, args: string[], message: RegExp][] = [
    ["a kernel without its exercise", [file], /right\.wgsl is a kernel: .*--op .*one of sgd\.step, /],
    ["another exercise", [file, "--op", "tanh"], /--op is "tanh"; it must be one of sgd\.step, /],
    [
      "a kernel's exercise for lines",
      ["lines.py", "--op", "sgd.step"],
      /--op is for a kernel, .*lines\.py is none/,
    ],
    ["a backend for lines", ["lines.py", "--backend", "gpu"], /--backend is for a kernel/],
    [
      "the CPU",
      [file, "--op", "sgd.step", "--backend", "cpu"],
      /--backend is cpu, but a kernel runs on a GPU/,
    ],
    [
      "lines' exercise",
      [file, "--op", "sgd.step", "--exercise", "4"],
      /--exercise 4 is for the notebook's lines/,
    ],
    ["a file that is not there", ["no.wgsl", "--op", "sgd.step"], /cannot read file no\.wgsl/],
    [
      "a file that is no text",
      ["binary.wgsl", "--op", "sgd.step"],
      /binary\.wgsl: looks like .* a binary file/,
    ],
    [
      "a hint too many",
      [file, "--op", "sgd.step", "--hint", "9"],
      /--hint is "9"; of sgd\.step .* from 1 to \d/,
    ],
    ["no file to train with", ["--op", "sgd.step", "--train", "3"], /missing required argument 'file'/],
  ];
  it.each(cases)("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await grade(...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
  });

  it("no adapter", async () => {
    const env = { BACKPROP_NINJA_ADAPTER: "hardware" };
    const { code, stdout, stderr } = await run(folder, ["grade", file, "--op", "sgd.step"], { env });
    // Where there is one, the kernel is judged, as one of another exercise.
    expect(code).toBe(1);
    if (!stderr.startsWith("error: ")) return;
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error: no WebGPU device: [^\n]+\n$/);
  });
});
