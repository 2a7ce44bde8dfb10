/** Kills a training process again and again, and checks that nothing is lost. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import type { TrainingState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset } from "../train/data.ts";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const program = fileURLToPath(new URL("./saving.ts", import.meta.url));

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "backprop-ninja-faults-"));

/** Starts `saving.ts`. */
export function startSaving(file: string, steps: number, seed: number, ...anew: "anew"[]): ChildProcess {
  const args = ["--import", tsx, program, file, String(steps), String(seed), ...anew];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

export async function untilSaving(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the program ended with ${code} before it saved anything`);
  });
  await Promise.race([once(child.stdout!, "data"), ended]);
  ended.catch(() => {});
}

const load = (file: string): ReturnType<typeof decodeCheckpoint> =>
  decodeCheckpoint(readFileSync(file), file);

/** Trains without saving from one state to the step of a later one: they must agree in every bit. */
async function expectReached(
  state: TrainingState | undefined,
  reached: ReturnType<typeof load>,
): Promise<void> {
  const trainer = await Trainer.create({
    machine: cpuMachine(),
    config: reached.config,
    train: dataset.train,
    vocabulary: dataset.vocabulary.size,
    state,
  });
  await trainer.run(undefined, { until: reached.step });
  const { step, parameters, generator } = trainer.state();
  expect({ step, parameters, generator }).toEqual({
    step: reached.step,
    parameters: reached.parameters,
    generator: reached.generator,
  });
}

/**
 * Kills a process `times` times at moments from a seed, each up to a quarter of a second after it began to save. Each time the
 * file that it left must load, and must be what training without a kill gives.
 * @returns how many kills left a half-written file beside the checkpoint
 */
export async function killAndResume(times: number, seed: number): Promise<number> {
  const folder = newFolder();
  const file = join(folder, "model.safetensors");
  const moments = new TorchGenerator(seed).rand(times);
  let before: TrainingState | undefined;
  let torn = 0;
  try {
    for (const moment of moments) {
      const known = readdirSync(folder).length;
      const child = startSaving(file, 1e6, 42);
      await untilSaving(child);
      await new Promise((resolve) => setTimeout(resolve, 250 * moment));
      child.kill("SIGKILL");
      await once(child, "exit");
      if (!existsSync(file)) continue;
      const reached = load(file);
      await expectReached(before, reached);
      before = reached;
      if (readdirSync(folder).length > known + (known === 0 ? 1 : 0)) torn++;
    }
    expect(before?.step).toBeGreaterThan(0);
    return torn;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
