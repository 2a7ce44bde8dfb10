/** Every command that the README and the pages in docs show, and how the tests run it. A new one fails them until it is run. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
];

export interface Shown {
  /** As it stands on the page, without comment. */
  readonly text: string;
  readonly page: string;
}

/** A word that begins a command, after what it sets in its environment. */
const COMMAND = /^(?:[A-Z_]+=\S+ )*(?:npm|npx|node|deno|bun|python3?|pip3?|git|curl|sh) \S/;

/** The commands of a page, each once, in their order: lines of `sh` blocks, and what stands between backticks in the text. */
export function commandsIn(markdown: string): string[] {
  const found = new Set<string>();
  for (const [, language, block, inline] of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```|`([^`\n]+)`/gm)) {
    const lines = inline === undefined ? (/^(sh|bash|shell|console)$/.test(language) ? block : "") : inline;
    for (const line of lines.replace(/\\\n\s*/g, "").split("\n"))
      for (const text of line.replace(/(^|\s+)#.*$/, "").split(" && "))
        if (COMMAND.test(text.trim())) found.add(text.trim());
  }
  return [...found];
}

/** All pages' commands, in their order; what stands on several pages counts for the first. */
export const shown: readonly Shown[] = (() => {
  const first = new Map<string, Shown>();
  for (const page of pages)
    for (const text of commandsIn(readFileSync(join(root, page), "utf8")))
      if (!first.has(text)) first.set(text, { text, page });
  return [...first.values()];
})();

/** How a command is run by the tests. */
export interface Run {
  /**
   * `here`: by `npm test`, in its process, on the CPU; `nightly`: by the nightly tests only, which run those of `here` too, all of them
   * through npm and a shell; else why neither does.
   */
  readonly by: "here" | "nightly" | { readonly not: string };
  /** Its exit code, if that is not 0. */
  readonly code?: number;
  /** What a command that does not end prints once it is there. */
  readonly until?: RegExp;
}

/** The first that matches counts. */
const RUNS: readonly (Run & { readonly is: RegExp })[] = [
  { is: /^npm (test|run nightly)$/, by: { not: "it is what runs these tests" } },
  { is: /^npm run test:adapters/, by: { not: "it takes every browser; its parts are in tests/adapters" } },
  { is: /^npm (pack|install) ?/, by: { not: "tests/package does, in blank projects" } },
  {
    is: /npm run bench:gpu|bench\/gpu\/main/,
    by: { not: "it needs a hardware GPU; tests/bench/gpu.test.ts has its order and its limits" },
  },
  { is: /^bun /, by: { not: "Bun is not installed with the development dependencies" } },
  { is: /[|>]/, by: "nightly" },
  // The README's lines, one of which is right.
  { is: /grade -- mine\.py/, by: "here", code: 1 },
  { is: /grade -- mine\.ipynb/, by: "here" },
  // What the terminal writes to begin with: all is still to do.
  { is: /grade -- mine\.wgsl/, by: "nightly", code: 1 },
  { is: /^(npm run (-s )?|npx backprop-ninja )(train|check|sample|evaluate)\b/, by: "here" },
  { is: /^npm run sweep -- --merge/, by: { not: "tests/cli/sweep.test.ts merges shards of its own" } },
  { is: /^npm run sweep\b/, by: "here" },
  { is: /^npm start$/, by: "nightly", until: /http:\/\/localhost:\d+\// },
  {
    is: /^npm (ci|run (-s )?(grade|doctor|bench|bench:peers|build|build:lab|mutate|screenshots))\b|^npx deno /,
    by: "nightly",
  },
];

/** @throws Error for a command that no rule covers */
export function runOf({ text, page }: Shown): Run {
  const run = RUNS.find(({ is }) => is.test(text));
  if (!run)
    throw new Error(`${page} shows "${text}", which no test runs: add it to tests/support/documented.ts`);
  return run;
}

/** What makes a command small. Steps stay in proportion, so that a run can go on from another. */
const SMALLER: readonly (readonly [RegExp, string | ((...found: string[]) => string)])[] = [
  [/--(steps|stop-at) (\d+)/g, (_, option, n) => `--${option} ${Math.max(2, Math.round(Number(n) / 1e4))}`],
  [/--train \d+/, "--train 2"],
  [/ -n \d+/, " -n 3"],
  [/--hidden 64,128 --seeds 8/, "--hidden 4,6 --seeds 2"],
  [/--lr-range (.*):64/, "--lr-range $1:4 --steps 3"],
  [/^npm run mutate.*/, "npm run mutate -- --op sgd --sample 1"],
  [/--only (kernels|populations|profile)$/, "--only $1 --quick"],
  [/bench:peers$/, "bench:peers -- --seconds 1 --only ours"],
];

/** The command as it stands, but for its sizes. */
export function small(text: string): string {
  const shrunk = SMALLER.reduce((all, [pattern, by]) => all.replace(pattern, by as string), text);
  if (!/(run|-s|backprop-ninja|main\.ts) train\b/.test(text) || /--(steps|resume|help)\b/.test(text))
    return shrunk;
  return `${shrunk}${shrunk.startsWith("npm run") && !shrunk.includes(" -- ") ? " --" : ""} --steps 3`;
}

/** What the command line gets of a command: `check --each-op`. @throws Error for a command of another program */
export function argumentsOf(text: string): string[] {
  const [, args] = text.match(/^(?:npm run (?:-s )?|npx backprop-ninja )(.*)$/) ?? [];
  if (args === undefined) throw new Error(`"${text}" is not for the command line of backprop-ninja`);
  return args.split(" ").filter((word) => word !== "--" && word !== "");
}
