/** The environments in which bench:peers starts a contender, and which of them takes part. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Entry } from "../../bench/peers/contenders.ts";
import { type Setting, torchSettings } from "../../bench/peers/environments.ts";
import { report } from "../../bench/peers/report.ts";
import { Contestant } from "../../bench/peers/turns.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-peers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Speaks worker.ts's protocol; what a step takes depends on its environment. It writes down who it was. */
const program = join(folder, "fake.mjs");
writeFileSync(
  program,
  `import { appendFileSync, writeSync } from "node:fs";
   import { createInterface } from "node:readline";
   const { THREADS, MALLOC, SET } = process.env;
   appendFileSync(${JSON.stringify(join(folder, "started"))}, process.pid + "\\n");
   const sleep = { one: 4, all: 8, some: 2 }[THREADS] * (MALLOC ? 0.5 : 1) * (SET ? 4 : 1);
   const answer = (steps, more) => {
     const start = performance.now();
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, steps * sleep);
     writeSync(3, JSON.stringify({ milliseconds: performance.now() - start, losses: [THREADS === "all" ? 2 : 1], ...more }) + "\\n");
   };
   answer(1, { on: "nothing" });
   for await (const line of createInterface({ input: process.stdin })) answer(JSON.parse(line).steps);`,
);
const settings: Setting[] = [
  [
    { name: "1 thread", env: { THREADS: "one" } },
    // Computes something else.
    { name: "2 threads", env: { THREADS: "all" } },
    { name: "some threads", env: { THREADS: "some" } },
  ],
  [
    { name: "malloc as it is", env: {} },
    { name: "tuned malloc", env: { MALLOC: "1" } },
  ],
  [{ name: "as it chooses", env: { SET: undefined } }],
];
const fake: Entry = {
  name: "fake",
  ours: false,
  many: false,
  settings: () => settings,
  command: () => [process.execPath, program],
};
const task = {
  problem: "",
  expected: [new Array<number>(10).fill(1)],
  env: () => ({ ...process.env, SET: "1" }),
  patience: 300,
};

it("a contender takes part in its fastest environment; the others end", async () => {
  const one = await Contestant.best(fake, task, true);
  const { environment, tried, failed } = one.result;
  expect(failed).toBeUndefined();
  expect(environment).toBe("some threads, tuned malloc, as it chooses");
  expect(tried!.map((each) => each.environment)).toEqual([
    "1 thread, malloc as it is, as it chooses",
    "2 threads, malloc as it is, as it chooses",
    "some threads, malloc as it is, as it chooses",
    "1 thread, tuned malloc, as it chooses",
    "some threads, tuned malloc, as it chooses",
  ]);
  expect(tried![1].failed).toBe("its loss at step 0 is 2, the reference's 1");
  const steps = [0, 2, 3, 4].map((i) => tried![i].step!);
  expect(steps[0]).toBeGreaterThan(steps[1]);
  expect(steps[1]).toBeGreaterThan(steps[3]);

  await one.slice({ warmUp: false });
  expect(report([one.summary(one)])).toContain("nothing, some threads, tuned malloc, as it chooses");
  one.close();
  const pids = readFileSync(join(folder, "started"), "utf8").trim().split("\n").map(Number);
  expect(pids).toHaveLength(5);
  const alive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(() => pids.filter(alive)).toEqual([]);
});

it("where there is no time to look, the first environment is taken, and none is said to be the fastest", async () => {
  const one = await Contestant.best(fake, task, false);
  expect(one.result).toMatchObject({ environment: "1 thread, malloc as it is, as it chooses" });
  expect(one.result).not.toHaveProperty("tried");
  one.close();
});

it("a contender that is not there fails before anything is tried", async () => {
  const one = await Contestant.best({ ...fake, command: () => [join(folder, "none")] }, task, true);
  expect(one.result.failed).toContain("ENOENT");
  expect(one.result).not.toHaveProperty("environment");
});

it("a contender that does not answer drops out", async () => {
  const silent = { ...fake, command: () => [process.execPath, "-e", "setInterval(() => {}, 1e6)"] };
  const one = await Contestant.best(silent, { ...task, patience: 0.2 }, true);
  expect(one.result.failed).toBe("no answer within 0.2 s");
});

it("PyTorch has no environments that cannot differ", () => {
  const names = (...args: Parameters<typeof torchSettings>) =>
    torchSettings(...args).map((choices) => choices.map(({ name }) => name));
  const malloc = process.platform === "linux" ? [["malloc that keeps its memory", "malloc as it is"]] : [];
  const set = { OPENBLAS_CORETYPE: "Haswell", OPENBLAS_NUM_THREADS: "1" };
  expect(names("MKL", 1, set)).toEqual([["1 thread"], ...malloc]);
  expect(names("MKL", 2, set)).toEqual([["1 thread", "2 threads"], ...malloc]);
  expect(names("OpenBLAS", 2, {})).toEqual([
    ["1 thread", "2 threads", "2 threads but 1 for OpenBLAS"],
    ...malloc,
  ]);
  expect(names("OpenBLAS", 1, set)).toEqual([
    ["1 thread"],
    ...malloc,
    ["OpenBLAS as it chooses", "OpenBLAS as OPENBLAS_CORETYPE says"],
  ]);
  expect(torchSettings("OpenBLAS", 1, set).at(-1)![0].env).toEqual({ OPENBLAS_CORETYPE: undefined });
});
