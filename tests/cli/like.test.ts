/** --like: weights that another program saved again, without the metadata, on the CPU. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { eventsOf, newFolder, run, succeed, TINY, WORDS } from "../support/cli.ts";
import { inBfloat16 } from "../support/halves.ts";

const folder = newFolder();
const cpu = ["--backend", "cpu"];
const sampled = ["-n", "5", "--seed", "3", "--json"];

beforeAll(async () => {
  const train = (file: string, ...more: string[]) =>
    succeed(folder, ["train", ...TINY, ...WORDS, "--steps", "40", "--out", file, ...more]);
  await train("run.safetensors", "--hidden", "4");
  await train("own.safetensors");
  const own = readFileSync(join(folder, "own.safetensors"));
  const { tensors } = readSafetensors(own);
  const put = (name: string, file: Uint8Array) => writeFileSync(join(folder, name), file);
  // What safetensors.torch.save_file makes of what load_file gave.
  put("again.safetensors", writeSafetensors(tensors));
  put("half.safetensors", inBfloat16(writeSafetensors(tensors), [...tensors.keys()]));
  tensors.delete("bnmean");
  put("bare.safetensors", writeSafetensors(tensors));
});

const like = (command: string, file: string, ...more: string[]) =>
  succeed(folder, [
    command,
    ...cpu,
    "--checkpoint",
    `${file}.safetensors`,
    "--like",
    "run.safetensors",
    ...more,
  ]);
const own = (command: string, ...more: string[]) =>
  succeed(folder, [command, ...cpu, "--checkpoint", "own.safetensors", ...more]);

describe.each(["again", "bare"])("weights that are %s", (file) => {
  it("give the names of the checkpoint that they were", async () => {
    const [event] = eventsOf(await like("sample", file, ...sampled));
    const [{ names }] = eventsOf(await own("sample", ...sampled));
    expect(event).toMatchObject({ names });
  });

  it("have its losses, and no step", async () => {
    const [losses] = eventsOf(await own("evaluate", "--json"));
    expect(eventsOf(await like("evaluate", file, "--json"))).toEqual([{ ...losses, step: null }]);
  });

  it("can be checked", async () => {
    const [report] = eventsOf(await like("check", file, "--json"));
    expect(report).toMatchObject({ ok: true, rows: { length: 26 } });
  });
});

it("says that it calibrates where there are no statistics", async () => {
  const { stderr } = await like("evaluate", "bare");
  expect(stderr).toMatch(/without bnmean and bnvar: calibrating BatchNorm over the training words/);
  expect((await like("evaluate", "again")).stderr).not.toMatch(/calibrating/);
});

it("takes weights in half precision", async () => {
  const [[half], [full]] = [await like("evaluate", "half", "--json"), await own("evaluate", "--json")].map(
    eventsOf,
  );
  expect(half.dev as number).toBeCloseTo(full.dev as number, 1);
  expect(half.dev).not.toBe(full.dev);
});

describe("refuses", () => {
  const again = ["--checkpoint", "again.safetensors"];
  const lacking =
    /^error: cannot use checkpoint again\.safetensors: it has weights, but not the metadata .*sample, evaluate and check take that of a run with --like RUN\n$/;
  it.each<[string, string[], RegExp]>([
    ["such weights without it", ["sample", ...again], lacking],
    ["to evaluate them", ["evaluate", ...again], lacking],
    ["to check them", ["check", ...again], lacking],
    ["to resume them", ["train", "--resume", "again.safetensors"], lacking],
    [
      "it for a checkpoint",
      ["sample", "--checkpoint", "own.safetensors", "--like", "run.safetensors"],
      /^error: cannot use the weights in own\.safetensors: it is a checkpoint, .*leave --like out\n$/,
    ],
    ["weights as the run", ["evaluate", ...again, "--like", "again.safetensors"], lacking],
    [
      "it without weights",
      ["check", "--like", "run.safetensors"],
      /^error: --like lends what the weights of --checkpoint lack; give --checkpoint FILE too\n$/,
    ],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await run(folder, [...args, ...cpu]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
  });
});
