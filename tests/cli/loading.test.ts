/** What the command line loads before it does anything: every module costs a start a millisecond. */
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** A module and all that it imports before it runs, as paths in the repository. */
function loaded(file: string, found = new Set<string>()): Set<string> {
  if (found.has(relative(root, file))) return found;
  found.add(relative(root, file));
  const text = readFileSync(file, "utf8");
  for (const [, clause, from] of text.matchAll(/^(?:import|export) ([^;]*?)from "(\.[^"]+)";/gm))
    if (!/^type\b/.test(clause)) loaded(join(file, "..", from), found);
  return found;
}

it.each(["src/cli/main.ts", "bench/peers/worker.ts", "bench/peers/contenders/ours.ts"])(
  "%s does not load the exercises, which are more than half of the program",
  (file) => {
    const modules = [...loaded(join(root, file))];
    expect(modules.filter((module) => module.startsWith("src/exercises"))).toEqual([]);
    if (file !== "bench/peers/worker.ts") expect(modules).toContain("src/train/trainer.ts");
    expect(loaded(join(root, "src/cli/grade_lines.ts"))).toContain("src/exercises/judge.ts");
  },
);
