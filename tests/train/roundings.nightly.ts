/**
 * Right kernels pass `check`, with room: the largest number of roundings over sizes, seeds and trained networks, and of each operation by
 * itself. On lavapipe if there is one, since SwiftShader takes several times as long; BACKPROP_NINJA_ADAPTER names another.
 */
import { afterAll, describe, expect, it } from "vitest";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { ALL_PATHS, type AnyPath, PATHS, whyNot } from "../../src/model/plans.ts";
import { eachOperation } from "../../src/train/bisect.ts";
import { check, referenceOf } from "../../src/train/check.ts";
import { sizesOf, type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep, type Step } from "../../src/train/step.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { errors, machine, opened } from "../support/fast_device.ts";

/** What was used of the 64, for the report at the end. */
const used = new Map<string, number>();
afterAll(() => {
  for (const [what, most] of used) console.log(`${what}: at most ${most.toFixed(1)} of 64 roundings`);
});

/** Asks for room, and remembers how much was used. */
function leavesRoom(what: string, most: number): void {
  used.set(what, Math.max(most, used.get(what) ?? 0));
  expect(most).toBeLessThan(ROOM);
}

const data = buildDataset(await loadBundledWords(), { context: 3 });
const vocabulary = data.vocabulary.size;

/** Of the 64 that are allowed. Steps on lavapipe and SwiftShader took at most 16, single operations 27. */
const ROOM = 48;

function first(o: Partial<TrainConfig>): Step {
  const config = trainConfig(o);
  return firstStep(sizesOf(config, vocabulary), initialState(config, vocabulary), data.train);
}

/** The most roundings of any tensor of a step, forward tensors too. */
async function mostOf(step: Step, path: AnyPath): Promise<number> {
  // Compared with the reference's own values, so that the tensors of the forward pass have rows as well.
  const reference = referenceOf(step, path === "single" ? "fused" : path);
  const expected = new Map([...reference].map(([name, { want }]) => [name, want] as const));
  const { ok, rows } = await check(machine, step, { path, expected });
  expect(rows.filter((r) => !r.within)).toEqual([]);
  expect(ok).toBe(true);
  expect(rows).toHaveLength({ chunked: 46, fused: 19, single: 8 }[path]);
  return Math.max(...rows.map((r) => r.roundings!));
}

describe(`on ${opened.name}`, () => {
  const batches = [2, 3, 19, 32, 256, 2048, 8192];
  it.each(batches.flatMap((batch) => ALL_PATHS.map((path) => [path, batch] as const)))(
    "the %s path at batch %d",
    async (path, batch) => {
      const step = first({ batch });
      if (whyNot(step.sizes, path) !== undefined) {
        expect(batch).toBeGreaterThan(64);
        return;
      }
      leavesRoom(`${path}, batch ${batch}`, await mostOf(step, path));
      expect(errors).toEqual([]);
    },
    600_000,
  );

  it.each(batches.flatMap((batch) => PATHS.map((path) => [path, batch] as const)))(
    "each operation of the %s path at batch %d",
    async (path, batch) => {
      const operations = await eachOperation(machine, first({ batch }), path);
      expect(operations.filter((o) => !o.within)).toEqual([]);
      leavesRoom(`operations of ${path}, batch ${batch}`, Math.max(...operations.map((o) => o.roundings!)));
    },
    600_000,
  );

  it.each([64, 200])(
    "trained networks of hidden %d",
    async (hidden) => {
      let most = 0;
      for (const seed of [1, 2, 3]) {
        const config = trainConfig({ hidden, seed, steps: 2000 });
        const trainer = await Trainer.create({ machine, config, train: data.train, vocabulary });
        for (const until of [100, 2000]) {
          await trainer.run(() => {}, { until });
          const step = firstStep(trainer.sizes, trainer.state(), data.train);
          for (const path of ALL_PATHS) most = Math.max(most, await mostOf(step, path));
        }
        trainer.close();
      }
      leavesRoom(`trained networks of hidden ${hidden}`, most);
    },
    600_000,
  );
});
