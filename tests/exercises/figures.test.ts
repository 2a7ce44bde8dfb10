/**
 * How long a verdict may take, and how much memory. Times are the processor's, which a busy machine lengthens less than the clock's; each
 * bound is two to three times what it took when it was set.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { readSource } from "../../src/exercises/files.ts";
import { gradeLines } from "../../src/exercises/judge.ts";
import { solutions } from "./dialect/solutions.ts";
import { notebook } from "./whole_notebook.ts";

/** What some work returns, and the milliseconds of the processor that it takes. */
function timed<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, ms: (user + system) / 1000 };
}

const file = (contents: object): Uint8Array => new TextEncoder().encode(JSON.stringify(contents));

test("a notebook of 20 MB, most of it pictures, is read and graded within two seconds, the first time too", () => {
  const picture = {
    output_type: "display_data",
    data: { "image/png": "iVBORw0KGgo".repeat(200_000) },
    metadata: {},
  };
  const cells = notebook.cells.map((cell, i) =>
    "outputs" in cell && i < 14 ? { ...cell, outputs: [picture] } : cell,
  );
  const bytes = file({ ...notebook, cells });
  expect(bytes.length).toBeGreaterThan(20e6);
  const { value, ms } = timed(() => gradeLines(readSource(bytes, "some.ipynb")));
  expect(value.ok).toBe(true);
  expect(ms).toBeLessThan(2000);
});

test("one line of a whole text is judged again within 100 ms", () => {
  const text = solutions["chains of methods, then exercises 2 and 3"];
  const times = Array.from({ length: 6 }, (_, k) => {
    const { value, ms } = timed(() => gradeLines(text.replace("dW2 = ", `dW2 = ${k + 2} * `)));
    const wrong = value.rows.filter(({ verdict }) => verdict === "wrong");
    expect(wrong.map(({ name }) => name)).toEqual(["dW2"]);
    return ms;
  });
  // The first ones are slower, until the engine has compiled what they use.
  expect(Math.min(...times)).toBeLessThan(100);
});

test("a loop in which every turn goes wrong ends within a second", () => {
  const { value, ms } = timed(() => gradeLines("for k in range(10**9):\n  from torch import dW2\n  dh = k"));
  expect(value.rows.map(({ verdict }) => verdict)).not.toContain("right");
  expect(ms).toBeLessThan(1000);
});

test("memory stays within bounds, however many texts are judged", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    // What the first one finds to be finished is gone after the second.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 1e6;
  };
  const judge = (from: number): void => {
    for (let k = from; k < from + 60; k++) gradeLines(`dh = ${k}.5 * (dlogits @ W2.T) / ${k}.5`);
  };
  judge(0);
  const before = used();
  judge(1000);
  // The verdicts that are kept take less than 0.1 MB; what the lines give would be 2 MB.
  expect(used() - before).toBeLessThan(1);
});
