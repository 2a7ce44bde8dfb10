/** A word list of the largest size that people have. */
import { expect, test } from "vitest";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";

test("8 million words, 50 MB: read, cut and gathered in seconds, with progress", () => {
  const bytes = new Uint8Array(50_000_000);
  let lines = 0;
  let wordLeft = 3;
  let seed = 1;
  for (let i = 0; i < bytes.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    if (wordLeft-- > 0) bytes[i] = 97 + ((seed >>> 24) % 26);
    else {
      bytes[i] = 10;
      wordLeft = 3 + ((seed >>> 28) % 5);
      lines++;
    }
  }
  bytes[bytes.length - 1] = 10;

  const started = performance.now();
  const phases = new Map<string, number>();
  const onProgress = (phase: string, fraction: number) => {
    expect(fraction).toBeGreaterThan(phases.get(phase) ?? -1);
    phases.set(phase, fraction);
  };
  const list = parseWords(bytes, "big.txt", { onProgress });
  expect(Math.abs(list.words.length - lines)).toBeLessThanOrEqual(1);
  expect(list.words.length).toBeGreaterThan(7_500_000);
  const parsed = performance.now();
  const { train, dev, test } = buildDataset(list, { context: 3, onProgress });
  const built = performance.now();
  expect(train.length + dev.length + test.length).toBe(bytes.length - list.blankLines);
  expect([...phases]).toEqual([
    ["reading words", 1],
    ["shuffling words", 0],
    ["building examples", 1],
  ]);
  const X = new Uint32Array(3 * 100_000);
  const Y = new Uint32Array(100_000);
  test.gatherRange(test.length - 100_000, 100_000, X, Y);
  expect(Y.at(-1)).toBe(0);
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  console.info(`${lines} words: parsed in ${seconds(started, parsed)}, cut in ${seconds(parsed, built)}`);
  expect(built - started).toBeLessThan(60_000);
});
