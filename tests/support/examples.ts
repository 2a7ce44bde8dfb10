/** The files that the commands of the README and the docs name, in a folder. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { solutions } from "../exercises/dialect/solutions.ts";
import { succeed, TINY, WORDS } from "./cli.ts";
import { root } from "./documented.ts";

export async function writeExamples(folder: string): Promise<void> {
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  // Of every letter some names, so that a prefix of the README's can begin one.
  const { words } = await loadBundledWords();
  for (const file of ["words.txt", "my-words.txt"])
    put(file, words.filter((_, i) => i % 500 === 0).join("\n"));

  const readme = readFileSync(join(root, "README.md"), "utf8");
  put("mine.py", readme.match(/```python\n([\s\S]*?)```/)?.[1] ?? "");
  const cell = { cell_type: "code", source: solutions["the lecture's"], metadata: {}, outputs: [] };
  put("mine.ipynb", JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 0 }));

  copyFileSync(join(root, "tests/fixtures/notebook-h200.safetensors"), join(folder, "step.safetensors"));
  await succeed(folder, ["train", ...TINY, ...WORDS, "--steps", "2", "--out", "my.safetensors"]);
  const { tensors } = readSafetensors(readFileSync(join(folder, "my.safetensors")));
  put("weights.safetensors", writeSafetensors(tensors));
}
