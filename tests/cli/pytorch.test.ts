/** A checkpoint made by `train`, in PyTorch: the same tensors, and the same logits from them. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { evaluationPlan } from "../../src/model/plans.ts";
import { decodeCheckpoint, modelOf } from "../../src/train/checkpoint.ts";
import { type Model, uploadModel } from "../../src/train/evaluate.ts";
import { newFolder, succeed, WORDS } from "../support/cli.ts";
import { findPython } from "../support/python.ts";

const script = fileURLToPath(new URL("../oracle/check_checkpoint.py", import.meta.url));
const python = findPython();

/** The logits (V) that follow a context of boundaries, as `evaluate` computes them. */
async function boundaryLogits(model: Model): Promise<number[]> {
  const executable = await cpuMachine().compile(evaluationPlan({ ...model.sizes, batch: 2 }));
  uploadModel(executable, model);
  await executable.run(1, ({ Xb, Yb }) => {
    Xb.fill(0);
    Yb.fill(0);
  });
  const { logits } = await executable.download(["logits"]);
  return Array.from(logits.subarray(0, model.sizes.vocabulary));
}

const title = "PyTorch runs a trained checkpoint to the same logits";
it.skipIf(!python)(python ? title : `${title}: skipped, since no python3 here has torch`, async () => {
  const folder = newFolder();
  const args = [
    "--backend",
    "cpu",
    "--hidden",
    "20",
    "--context",
    "4",
    "--steps",
    "200",
    "--out",
    "c.safetensors",
  ];
  await succeed(folder, ["train", ...WORDS, ...args]);
  const file = join(folder, "c.safetensors");
  const checkpoint = decodeCheckpoint(readFileSync(file), file);

  const { stdout, stderr, status } = spawnSync(`${python}`, ["-B", script, file], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^metadata .*\bstep\b.*\bconfig\b.*\bvocabulary\b.*\bgenerator\b/m);
  const rows = [...stdout.matchAll(/^(\w+) +(\(.*?\)) .*sum (\S+)$/gm)];
  const seen = new Map(rows.map(([, name, shape, sum]) => [name, { shape, sum: Number(sum) }]));
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
  const { parameters, bnmean, bnvar } = checkpoint;
  for (const [name, values] of Object.entries({ ...parameters, bnmean, bnvar }))
    expect(seen.get(name)?.sum, name).toBeCloseTo(sum(values), 6);
  expect(seen.get("bngain")?.shape).toBe("(1, 20)");
  expect(seen.get("W1")?.shape).toBe("(40, 20)");

  // After training, another model's logits are nowhere near these: their sum alone would differ.
  const logits = await boundaryLogits(modelOf(checkpoint));
  expect(seen.get("logits")).toEqual({ shape: "(1, 7)", sum: expect.closeTo(sum(logits), 4) });
});
