import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type TensorData, writeSafetensors } from "../../src/formats/safetensors.ts";
import { readStepFixture } from "./fixtures.ts";

const script = fileURLToPath(new URL("check_checkpoint.py", import.meta.url));
const hasTorch = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
/** Debian's python3-torch belongs to Debian's Python, which need not be the first one. */
const python = ["python3", "/usr/bin/python3"].find((path) => spawnSync(path, ["-c", hasTorch]).status === 0);

it.skipIf(!python)("PyTorch reads a checkpoint written here, and runs the network with it", () => {
  const { sizes, expected } = readStepFixture("odd");
  const { C, W1, b1, W2, b2, bngain, bnbias, bnmeani: bnmean, bnvar } = expected;
  const tensors = { C, W1, b1, W2, b2, bngain, bnbias, bnmean, bnvar };
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

  // The context of all zeros is C[0], T times.
  const h = b1.data.map((b, j) => {
    let hprebn = b;
    for (let k = 0; k < sizes.T * sizes.E; k++) hprebn += C.data[k % sizes.E] * W1.data[k * sizes.H + j];
    const bnraw = (hprebn - bnmean.data[j]) * (bnvar.data[j] + 1e-5) ** -0.5;
    return Math.tanh(bngain.data[j] * bnraw + bnbias.data[j]);
  });
  const logits = b2.data.map((b, v) => b + sum(h.map((x, j) => x * W2.data[j * sizes.V + v])));

  const directory = mkdtempSync(join(tmpdir(), "checkpoint-"));
  try {
    const path = join(directory, "checkpoint.safetensors");
    const float32 = Object.entries(tensors).map(([name, { shape, data }]): [string, TensorData] => [
      name,
      { dtype: "F32", shape, data: Float32Array.from(data) },
    ]);
    writeFileSync(path, writeSafetensors(new Map(float32), { step: "0" }));
    const { stdout, stderr, status } = spawnSync(`${python}`, ["-B", script, path], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("metadata step\n");
    const sums = new Map(
      [...stdout.matchAll(/^(\w+) .* sum (\S+)$/gm)].map(([, name, x]) => [name, Number(x)]),
    );
    expect([...sums.keys()]).toEqual([...Object.keys(tensors), "logits"]);
    for (const [name, { data }] of Object.entries(tensors))
      expect(sums.get(name), name).toBeCloseTo(sum(data), 6);
    expect(sums.get("logits")).toBeCloseTo(sum(logits), 4);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
