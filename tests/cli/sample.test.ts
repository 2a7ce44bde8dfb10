/** `sample`: what it draws, and what it says about it. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import { decodeCheckpoint, encodeCheckpoint, modelOf } from "../../src/train/checkpoint.ts";
import { logProbabilities } from "../../src/train/probability.ts";
import { eventsOf, newFolder, run, succeed, TINY, WORDS, words } from "../support/cli.ts";

const folder = newFolder();
const path = (name: string) => join(folder, name);
await succeed(folder, [
  "train",
  ...TINY,
  ...WORDS,
  "--steps",
  "1500",
  "--lr",
  "0.2",
  "--out",
  "a.safetensors",
]);

const draw = (...more: string[]) =>
  succeed(folder, ["sample", "--backend", "cpu", "--checkpoint", "a.safetensors", ...more]);
const namesOf = async (...more: string[]) => (await draw(...more)).stdout.trimEnd().split("\n");

const { train, vocabulary } = buildDataset(parseWords(readFileSync(path("words.txt")), "words.txt"), {
  context: 3,
});
const training = new Set(train.words(vocabulary));

it("draws other names each time, and says which seed repeats them", async () => {
  const first = await draw();
  expect(first.stdout.trimEnd().split("\n")).toHaveLength(20);
  const [, seed] =
    first.stderr.match(/^names from a\.safetensors, step 1,500; --seed (\d+) repeats them\n/) ?? [];
  expect(seed, first.stderr).toBeDefined();
  expect((await draw()).stdout).not.toBe(first.stdout);
  expect((await draw("--seed", seed)).stdout).toBe(first.stdout);
  expect(await namesOf("--seed", seed, "-n", "300")).toHaveLength(300);
});

it("tells with --json how likely each name is, and whether it was a training word", async () => {
  const [event] = eventsOf(await draw("--seed", "5", "--json", "-n", "60", "--temperature", "0.5"));
  const { names, details } = event as unknown as { names: string[]; details: Record<string, unknown>[] };
  expect(event).toEqual({ event: "sample", seed: 5, checkpoint: "a.safetensors", names, details });
  expect(names).toHaveLength(60);
  const checkpoint = decodeCheckpoint(readFileSync(path("a.safetensors")), "a");
  const logs = await logProbabilities(cpuMachine("float32"), modelOf(checkpoint), names);
  expect(details).toEqual(
    names.map((name, i) => ({ name, logProbability: logs[i], inTraining: training.has(name) })),
  );
  expect(new Set(details.map((d) => d.inTraining)).size, "some are, some are not").toBe(2);
});

it("says how many names are in the list, and how many among its training words", async () => {
  const count = (names: readonly string[], list: Iterable<string>) => {
    const set = new Set(list);
    return names.filter((name) => set.has(name)).length;
  };
  const { stdout, stderr } = await draw("-n", "60", "--temperature", "0.5");
  const names = stdout.trimEnd().split("\n");
  expect(stderr.split("\n").at(-2)).toBe(
    `${count(names, words)} of 60 names are in words.txt, ${count(names, training)} of them among its training words`,
  );
  // Another list may have characters that the network does not know.
  writeFileSync(path("other.txt"), [...words.slice(5), ..."zyxwv"].join("\n"));
  const other = await draw("-n", "60", "--words", "other.txt", "--json");
  const [{ details }] = eventsOf(other) as unknown as { details: { name: string; inTraining: unknown }[] }[];
  expect(other.stderr.split("\n").at(-2)).toBe(
    `${count(
      details.map((d) => d.name),
      words.slice(5),
    )} of 60 names are in other.txt, which is not the list that the network was trained on`,
  );
  expect(details.map((d) => d.inTraining)).toEqual(new Array(60).fill(null));
});

it("leaves open what are training words where the list is gone, and needs it only for --new-only", async () => {
  renameSync(path("words.txt"), path("moved.txt"));
  const { stdout, stderr } = await draw("--json");
  expect(eventsOf({ code: 0, stdout, stderr })[0].details).toContainEqual(
    expect.objectContaining({ inTraining: null }),
  );
  expect(stderr).toMatch(/^whether names are training words is not known: .*words\.txt.*--words FILE/m);
  const args = ["sample", "--backend", "cpu", "--checkpoint", "a.safetensors", "--new-only"];
  const { code, stderr: refusal } = await run(folder, args);
  expect([code, refusal]).toEqual([1, expect.stringMatching(/^error: .*words\.txt.*--words FILE/)]);
  expect((await draw("--new-only", "--words", "moved.txt")).stdout).not.toBe("");
  renameSync(path("moved.txt"), path("words.txt"));
});

it("draws new and unique names only, and ends with those that it found", async () => {
  const names = await namesOf("--new-only", "--unique", "-n", "100");
  expect(new Set(names).size).toBe(100);
  expect(names.filter((name) => words.includes(name))).toEqual([]);

  const few = await draw("--unique", "-n", "50", "--top-k", "1", "--max-length", "4");
  expect(few.stdout.trimEnd().split("\n")).toHaveLength(1);
  expect(few.stderr).toContain("found 1 of 50 names that are unique; another 10,240 draws brought no more\n");
});

it("begins with a prefix and ends at a length", async () => {
  const names = await namesOf("--prefix", "abc", "--max-length", "5");
  for (const name of names) expect(name).toMatch(/^abc[a-f]{0,2}$/);
  expect(Math.max(...names.map((name) => name.length))).toBe(5);
});

it("says of a network, as evaluate and train --resume do, that its gradient was broken on purpose", async () => {
  const checkpoint = decodeCheckpoint(readFileSync(path("a.safetensors")), "a");
  const broken = [{ id: "tanh.backward.sign", from: 500 }];
  writeFileSync(path("broken.safetensors"), encodeCheckpoint({ ...checkpoint, broken }));
  const says = "trained with a broken gradient: tanh.backward.sign from step 500";
  const of = ["--backend", "cpu", "--checkpoint", "broken.safetensors"];
  for (const command of ["sample", "evaluate"])
    expect((await succeed(folder, [command, ...of])).stderr).toContain(`this network was ${says} on\n`);
  const goOn = ["--resume", "broken.safetensors", "--steps", "1501", "--backend", "cpu"];
  const { stderr } = await succeed(folder, ["train", ...goOn, "--out", "mended.safetensors"]);
  expect(stderr).toContain(`the 1,500 steps so far were ${says} on; the steps from here on are right\n`);
  const mended = await draw("--checkpoint", "mended.safetensors");
  expect(mended.stderr).toContain(`this network was ${says} to 1,500\n`);
});
