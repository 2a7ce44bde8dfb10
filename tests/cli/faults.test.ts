/** What `train` does when the disk, the device or the numbers fail. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { eventsOf, filesIn, newFolder, run, succeed, TINY, WORDS } from "../support/cli.ts";

const folder = newFolder();
const path = (name: string) => join(folder, name);
const load = (name: string) => decodeCheckpoint(readFileSync(path(name)), name);
const train = (...more: string[]) => ["train", ...TINY, ...WORDS, ...more];
const state = (name: string) => {
  const { words: _, vocabulary, ...rest } = load(name);
  return { ...rest, vocabulary: vocabulary.characters };
};

it("goes on where a save fails, and takes the last one to the temporary folder", async () => {
  const out = join("there", "model.safetensors");
  const args = train("--steps", "20000", "--save-every", "0", "--log-every", "500", "--json", "--out", out);
  let gone = false;
  const ran = await run(folder, args, {
    env: { TMPDIR: folder },
    onStdout: (all) => {
      if (gone || !all.includes('"step":2000,')) return;
      gone = true;
      // Moved at once: the run may be writing into it, and a folder that is being filled cannot be emptied.
      renameSync(path("there"), path("away"));
      writeFileSync(path("there"), "a file in the folder's place");
    },
  });
  rmSync(path("away"), { recursive: true });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(
    /\ncannot write there\/model\.safetensors: a part of the path is not a folder; choose another --out; training goes on from step [\d,]+, and saves again later\n/,
  );
  expect(ran.stderr).toMatch(/\nerror: cannot write there\/model\.safetensors: [^\n]+\n$/);
  // Everything was reported, and nothing is lost.
  const events = eventsOf(ran);
  expect(events.map((e) => e.event).slice(-3)).toEqual(["eval", "sample", "done"]);
  const { checkpoint } = events.at(-1) as unknown as { checkpoint: string };
  expect(checkpoint.startsWith(join(folder, "20"))).toBe(true);
  await succeed(folder, train("--steps", "20000", "--out", "undisturbed.safetensors"));
  expect(decodeCheckpoint(readFileSync(checkpoint), "it").parameters).toEqual(
    load("undisturbed.safetensors").parameters,
  );
  rmSync(path("there"));
});

it("saves again once there is room", async () => {
  mkdirSync(path("room"));
  const args = train(
    "--steps",
    "20000",
    "--save-every",
    "0",
    "--log-every",
    "500",
    "--json",
    "--out",
    "room/x.safetensors",
  );
  let [gone, back] = [false, false];
  const ran = await run(folder, args, {
    onStdout: (all) => {
      if (!gone && all.includes('"step":2000,')) {
        gone = true;
        renameSync(path("room"), path("away"));
      }
      if (!back && all.includes('"step":10000,')) {
        back = true;
        mkdirSync(path("room"));
      }
    },
  });
  rmSync(path("away"), { recursive: true });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain("and saves again later");
  expect(state("room/x.safetensors")).toEqual(state("undisturbed.safetensors"));
});

it("reports a checkpoint that does not fit the disk, and keeps the old one", async () => {
  const args = [
    "train",
    "--backend",
    "cpu",
    ...WORDS,
    "--hidden",
    "64",
    "--batch",
    "5",
    "--steps",
    "20",
    "--out",
    "full.safetensors",
  ];
  await succeed(folder, args);
  const before = readFileSync(path("full.safetensors"));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
  // Files may have 8 KiB here, also those of the temporary folder.
  const limited = 'ulimit -f 8; exec "$@"';
  const more = ["train", "--backend", "cpu", "--resume", "full.safetensors", "--steps", "40"];
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) =>
    execFile(
      "bash",
      ["-c", limited, "bash", process.execPath, "--import", tsx, main, ...more],
      { cwd: folder },
      (error, _, stderr) => resolve({ code: Number(error?.code ?? 0), stderr }),
    ),
  );
  expect({ code, last: stderr.split("\n").at(-2) }).toEqual({
    code: 1,
    last: "error: cannot write full.safetensors: the file is larger than the system allows; choose another --out",
  });
  expect(readFileSync(path("full.safetensors"))).toEqual(before);
  expect(filesIn(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it("ends where training diverges with step and tensor, and leaves the checkpoint as it was", async () => {
  await succeed(folder, train("--steps", "5", "--out", "wild.safetensors"));
  const before = readFileSync(path("wild.safetensors"));
  const wild = ["--lr", "1e12", "--decay", "1e12", "--decay-at", "0"];
  const resume = ["train", "--backend", "cpu", "--resume", "wild.safetensors", "--steps", "500", ...wild];
  const ran = await run(folder, resume);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(
    /\nwild\.safetensors stays as it was last saved\nerror: training diverged at step \d+: \w+ is the first tensor that is not finite \([^\n]+\); lower --lr \(it is 1e\+24\)\n$/,
  );
  expect(readFileSync(path("wild.safetensors"))).toEqual(before);
});

it("says that a rate is too high where the loss stays finite, and saves no statistics that are not", async () => {
  const { code, stderr } = await run(
    folder,
    train("--steps", "200", "--lr", "1e6", "--out", "high.safetensors"),
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /\nthe loss is [\d.e+]+ at step \d+, where guessing gives 1\.95: lower --lr \(it is 1000000\)\n/,
  );
  expect(stderr).toMatch(/\nerror: tensor bnvar holds Infinity at \d+; training diverged: lower --lr\n$/);
});
