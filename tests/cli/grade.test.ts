/** `grade`: what it prints, its JSON and its exit code, for texts and notebooks, right ones and wrong ones. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LinesReport, LinesRow } from "../../src/exercises/report.ts";
import { solutions } from "../exercises/dialect/solutions.ts";
import { eventsOf, newFolder, type Ran, run, runProcess, succeed } from "../support/cli.ts";

const folder = newFolder();
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const notebook = (cells: readonly string[], name: string): string => {
  const code = cells.map((source) => ({ cell_type: "code", source, metadata: {}, outputs: [] }));
  return put(name, JSON.stringify({ cells: code, metadata: {}, nbformat: 4, nbformat_minor: 0 }));
};
const report = (ran: Ran): LinesReport => {
  const [event, ...more] = eventsOf(ran);
  expect(more).toEqual([]);
  return event as unknown as LinesReport;
};
const row = ({ rows }: LinesReport, name: string): LinesRow | undefined =>
  rows.find((each) => each.name === name);

const lecture = solutions["the lecture's"];
const exercise2 = "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n\n";
const WRONG = "dprobs = dlogprobs\n";

describe("a whole solution", () => {
  const file = put("lecture.py", lecture);

  it("is ok: a cmp row for each of the 26 gradients, in the notebook's order, and exit code 0", async () => {
    const { stdout, stderr } = await succeed(folder, ["grade", file]);
    expect(stderr).toBe("");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("exercise 1");
    expect(lines[1]).toMatch(
      /^dlogprobs {6} \| exact: True {2}\| approximate: True {2}\| maxdiff: 0\.0 +\| right$/,
    );
    expect(lines.filter((line) => line.includes("| exact:"))).toHaveLength(26);
    expect(lines.at(-1)).toBe("ok: all 26 rows are right");
  });

  it("as JSON has nulls where there is nothing to say, and no training", async () => {
    const found = report(await succeed(folder, ["grade", file, "--json"]));
    expect(found).toMatchObject({ kind: "lines", ok: true, skipped: 0 });
    expect(found).not.toHaveProperty("training");
    expect(found.rows).toHaveLength(26);
    expect(row(found, "dprobs")).toEqual({
      ...{ name: "dprobs", exercise: 1, cell: null, line: 4, verdict: "right" },
      ...{ exact: expect.any(Boolean), approximate: true, maxdiff: expect.any(Number), shape: [32, 27] },
      ...{ mistake: null, note: null, message: null },
    });
  });

  it("with --exercise 1 lacks nothing, and a part of it lacks what exercise 2 asks for", async () => {
    expect(report(await succeed(folder, ["grade", file, "--exercise", "1", "--json"])).rows).toHaveLength(26);
    put("part.py", "dh = dlogits @ W2.T\n");
    const ran = await run(folder, ["grade", "part.py", "--exercise", "2", "--json"]);
    expect(ran.code).toBe(1);
    expect(row(report(ran), "dlogits")).toMatchObject({ exercise: 2, verdict: "missing" });
  });
});

describe("a notebook", () => {
  it("counts cells from 1 and lines within them, lists what is skipped and shows what it prints", async () => {
    const cells = ["import torch\nx = plt.plot(3)", "", "print(f'{n} examples')\ndh = dlogits @ W2.T"];
    const { stdout } = await succeed(folder, ["grade", notebook(cells, "one.ipynb")]);
    expect(stdout).toMatch(/^the file prints:\n {2}32 examples\n/m);
    expect(stdout).toMatch(
      /^skipped.*:\n {2}line 1 of cell 1: import torch\n {2}line 2 of cell 1: x = plt\.plot\(3\)\n/m,
    );
    const ran = await succeed(folder, ["grade", "one.ipynb", "--json"]);
    const found = report(ran);
    expect(found).toMatchObject({ ok: true, skipped: 2 });
    expect(found.rows).toMatchObject([{ name: "dh", cell: 3, line: 2, verdict: "right" }]);
  });

  it("has long lists and lines cut", async () => {
    const cells = Array.from(
      { length: 250 },
      (_, i) => `plt.plot(${i})  ${"+ 1 ".repeat(i === 0 ? 100 : 0)}`,
    );
    const { stdout } = await run(folder, ["grade", notebook(cells, "long.ipynb")]);
    expect(stdout).toMatch(/^ {2}line 1 of cell 1: plt\.plot\(0\).{80,100}…\n/m);
    expect(stdout).toContain("  line 1 of cell 200: plt.plot(199)\n  … and 50 more\n");
  });

  it("of 20 MB with pictures is graded within two seconds", async () => {
    const png = "iVBORw0KGgo".repeat(200_000);
    const outputs = [{ output_type: "display_data", data: { "image/png": png }, metadata: {} }];
    const code = [lecture, ...Array(9).fill("plt.imshow(dlogits)")].map((source) => ({
      ...{ cell_type: "code", source, metadata: {} },
      outputs,
    }));
    put("big.ipynb", JSON.stringify({ cells: code, metadata: {}, nbformat: 4 }));
    const start = performance.now();
    await succeed(folder, ["grade", "big.ipynb", "--json"]);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("a mistake", () => {
  const file = put("wrong.py", `${lecture.replace(/dprobs = .*\n/, WRONG)}`);

  it("has its sentence under its row, and exit code 1", async () => {
    const { code, stdout } = await run(folder, ["grade", file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^dprobs .*\| WRONG\n {2}line 4: .+\n/m);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^NOT ok: \d+ of 26 rows right; .*wrong: dprobs/);
  });

  it("comes last in a line of its own, with the rows to mend first and a hint for the first", async () => {
    const { stdout } = await run(folder, ["grade", file]);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(
      /^NOT ok: \d+ of 26 rows right; wrong: dprobs; right in itself: \d+ rows\. For a hint: --hint dprobs$/,
    );
    expect(stdout).toMatch(
      /^dcounts_sum_inv .*\| right in itself\n {2}line \d+: `dprobs` before it is wrong\n/m,
    );
  });

  it("that another name for the same tensor made says its place once", async () => {
    put("alias.py", lecture.replace("dnorm_logits.clone()", "dnorm_logits"));
    const { stdout } = await run(folder, ["grade", "alias.py"]);
    expect(stdout).toMatch(/^dnorm_logits .*\| WRONG\n {2}line \d+ changed it: `dlogits`/m);
    expect(stdout).not.toContain("--hint");
  });

  it.each([
    ["NaN", "dh = dlogits @ W2.T * math.nan", "exact: False | approximate: False | maxdiff: no number"],
    ["another shape", "dh = W2 @ dlogits.T", "cannot be compared: its shape is (64, 32)"],
  ])("of %s has a row in the same width", async (_, line, row) => {
    const { stdout } = await run(folder, ["grade", put("odd.py", `${line}\ndb2 = dlogits.sum(0)\n`)]);
    const [wrong, right] = ["WRONG", "right"].map((end) =>
      stdout.split("\n").find((each) => each.endsWith(`| ${end}`)),
    );
    expect(wrong).toContain(`dh              | ${row}`);
    expect(wrong).toHaveLength(right!.length);
  });

  it("in a line that belongs to no row is shown with its place, and spoils nothing", async () => {
    put(
      "look.py",
      "x = = 3\ndh = dlogits @ W2.T\ndbnmeany = 3\ngrads = {}\ngrads['h'] = dh\ndh = dh + grads\n",
    );
    const { stdout } = await run(folder, ["grade", "look.py"]);
    expect(stdout).toMatch(
      /^worth a look:\n {2}line 1: `=` cannot stand here, after `=`\n {2}line 3: .*did you mean `dbnmeani`\?\n\n/m,
    );
    // What a row says is not said twice.
    expect(stdout.match(/line 4: a dictionary is not understood/g)).toHaveLength(1);
    expect((await run(folder, ["grade", put("lone.py", "foo bar\ndh = dlogits @ W2.T\n")])).code).toBe(0);
  });

  it("has an id in the JSON", async () => {
    const found = report(await run(folder, ["grade", file, "--json"]));
    expect(found.ok).toBe(false);
    expect(row(found, "dprobs")).toMatchObject({ verdict: "wrong", line: 4 });
    expect(row(found, "dprobs")?.mistake?.id).toMatch(/^\S+$/);
  });

  it("in a stub is none: `dh = None` is no row, unless the exercise is asked for", async () => {
    put("stub.py", "dh = None\ndb2 = dlogits.sum(0)\n");
    const found = report(await succeed(folder, ["grade", "stub.py", "--json"]));
    expect(found.rows.map(({ name }) => name)).toEqual(["db2"]);
    const asked = report(await run(folder, ["grade", "stub.py", "--exercise", "1", "--json"]));
    const { stdout } = await run(folder, ["grade", "stub.py", "--exercise", "1"]);
    expect(stdout).toMatch(/^dlogprobs +\| not yet +\| missing\ndprobs /m);
    expect(stdout).toMatch(/1 of 26 rows right; missing: 25 rows\. For a hint: --hint dlogprobs\n$/);
    expect(row(asked, "dh")).toMatchObject({
      verdict: "missing",
      line: null,
      exact: null,
      maxdiff: null,
      shape: null,
    });
    expect(asked.rows).toHaveLength(26);
  });

  it("that is no tensor has a message", async () => {
    put("error.py", "dh = dlogits @ W2\n");
    const { code, stdout } = await run(folder, ["grade", "error.py"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^dh +\| no value +\| error\n {2}line 1: .+\n/m);
  });
});

describe("what a learner may ask for", () => {
  put("half.py", "dprobs = dlogprobs / probs\ndcounts = counts_sum_inv * dprobs\n");
  const shown = async (...args: string[]): Promise<string> =>
    (await run(folder, ["grade", "half.py", ...args])).stdout;

  it("is one hint more each time, up to the line", async () => {
    const one = await shown("--hint", "dcounts");
    const two = await shown("--hint", "dcounts:2");
    const six = await shown("--hint", "dcounts:6");
    expect(one).toMatch(/^dcounts: .+\n {2}1\. where it goes in the forward pass:/m);
    expect(one).toContain("  the next of 6 hints: --hint dcounts:2\n");
    expect(one).not.toContain("2. the rule");
    expect(two).toContain("  2. the rule: ");
    expect(two).toContain("  the next of 6 hints: --hint dcounts:3\n");
    expect(six).toMatch(/\n {2}5\. the line with a hole: .*___/);
    expect(six).toMatch(/\n {2}6\. the line: dcounts = /);
    expect(six).not.toContain("the next of");
    // Whoever has hints already is not sent to them.
    expect(one).toMatch(/NOT ok: 1 of 2 rows right; wrong: dcounts\n$/);
  });

  it("is of the exercise that the file does", async () => {
    put("two.py", "dlogits = F.softmax(logits, 1)\n");
    const { stdout } = await run(folder, ["grade", "two.py", "--hint", "dlogits:6"]);
    expect(stdout).toMatch(/6\. the line:\n {4}dlogits = F\.softmax/);
    const first = await run(folder, ["grade", "two.py", "--exercise", "1", "--hint", "dlogits:6"]);
    expect(first.stdout).toMatch(/6\. the line: dlogits = dnorm_logits/);
  });

  it("is how others write a line, once it is right", async () => {
    const text = await shown("--spellings");
    expect(text).toMatch(/^dprobs .*\| right\n {2}the notebook's: dprobs = .+\n {2}or: dprobs = /m);
    expect(text).not.toMatch(/or: dcounts/);
    expect(await shown()).not.toContain("the notebook's");
  });
});

describe("exercise 4", () => {
  it("trains with the text's gradients beside the right ones", async () => {
    const { stdout } = await succeed(folder, ["grade", "lecture.py", "--train", "3"]);
    expect(stdout).toMatch(
      /\ntraining: 3 steps; mean loss of the last 3: (\d\.\d{4}) with yours, \1 with the right gradients\n {2}no gradient differs in any step, but for rounding\n/,
    );
    const found = report(await succeed(folder, ["grade", "lecture.py", "--train", "3", "--json"]));
    expect(found.training).toEqual({ steps: 3, firstDifference: null });
  });

  it("says whose gradients were taken where the file has none", async () => {
    put("two.py", "db2 = dlogits.sum(0)\ndW2 = h.T @ dlogits\n");
    const two = await succeed(folder, ["grade", "two.py", "--train", "1"]);
    expect(two.stdout).toContain("  the right ones stand in for dC, dW1, db1, dbngain, dbnbias\n");
    put("none.py", "dh = dlogits @ W2.T\n");
    const none = await succeed(folder, ["grade", "none.py", "--train", "1"]);
    expect(none.stdout).toContain(
      "  the file has no parameter's gradient, so both networks trained with the right",
    );
  });

  it("names the first step and tensor that differ, and exits with 1", async () => {
    const ran = await run(folder, ["grade", "wrong.py", "--train", "2", "--json"]);
    expect(ran.code).toBe(1);
    expect(report(ran).training).toEqual({ steps: 2, firstDifference: { step: 0, tensor: "dprobs" } });
  });

  it("has a loop's body judged as one pass", async () => {
    put(
      "loop.py",
      `for i in range(200000):\n${exercise2.replace(/^(?=.)/gm, "    ")}    db2 = dlogits.sum(0)\n    b2.data += -0.1 * db2\n`,
    );
    const found = report(await run(folder, ["grade", "loop.py", "--train", "2", "--json"]));
    expect(found.rows.find(({ name }) => name === "dlogits")).toMatchObject({ verdict: "right" });
    expect(found.training).toEqual({ steps: 2, firstDifference: null });
  });

  it("trains nothing without a gradient", async () => {
    const { code, stdout, stderr } = await run(folder, ["grade", put("none.py", "x = 3\n"), "--train", "2"]);
    expect(code).toBe(1);
    expect(stderr).toBe("nothing trains: no line of the file gives a gradient\n");
    expect(stdout).toMatch(
      /NOT ok: the file computes none of the gradients that are asked for; --exercise 1 lists them\n$/,
    );
  });
});

describe("refused in one line", () => {
  const cases: [what: string, args: string[], message: RegExp][] = [
    ["no file", [], /missing required argument 'file'/],
    ["a file that is not there", ["nope.py"], /cannot read file nope\.py: there is no such file/],
    ["a folder", ["."], /cannot read file \.: it is a folder/],
    ["another ending", ["words.md"], /"\.md" files are not read; give a \.py, \.txt or \.ipynb file/],
    ["a notebook that is none", ["bad.ipynb"], /bad\.ipynb: is not a notebook/],
    ["another exercise", ["lecture.py", "--exercise", "5"], /Allowed choices are 1, 2, 3, 4/],
    [
      "half a step",
      ["lecture.py", "--train", "0.5"],
      /--train is 0\.5; it must be a whole number from 1 to 20000/,
    ],
    ["a hint for nothing", ["lecture.py", "--hint", "dprob"], /--hint is dprob; .*such as dprobs/],
    [
      "a hint too many",
      ["lecture.py", "--hint", "dprobs:7"],
      /the number must be from 1 to 6, as in dprobs:2/,
    ],
    ["steps that are no number", ["lecture.py", "--train", "many"], /must be a number/],
    [
      "training of another exercise",
      ["lecture.py", "--train", "5", "--exercise", "2"],
      /--train cannot go with --exercise 2/,
    ],
  ];
  put("words.md", "dh = 1");
  put("bad.ipynb", "dh = 1");
  it.each(cases)("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await run(folder, ["grade", ...args, "--json"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
  });
});

it.each(["--hint=dprobs", "--spellings"])(
  "%s is refused with --json, which has no place for it",
  async (option) => {
    const { code, stdout, stderr } = await run(folder, ["grade", "lecture.py", "--json", option]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe("error: --hint and --spellings are for people; leave them or --json out\n");
  },
);

it("prints what the README shows", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, text, shown] =
    /### Your own backward pass[\s\S]*?```python\n([\s\S]*?)```[\s\S]*?```text\n([\s\S]*?)```/.exec(readme) ??
    [];
  const { stdout } = await run(folder, ["grade", put("readme.py", text)]);
  expect(shown).toContain("WRONG");
  expect(stdout).toBe(shown);
});

it("shows no control characters that the file prints", async () => {
  const { stdout } = await succeed(folder, [
    "grade",
    put("escape.py", "print('\\x1b[2Jgone')\ndb2 = dlogits.sum(0)\n"),
  ]);
  expect(stdout).not.toContain("\x1b");
  expect(stdout).toContain("\\u{1b}[2Jgone");
});

it("runs as a process of its own, without a device", async () => {
  const { code, stdout, stderr } = await runProcess(folder, ["grade", "lecture.py"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/ok: all 26 rows are right\n$/);
});
