/** The results of earlier runs, kept so that an interrupted run can go on. */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Op, Rung } from "../../src/plan/contract.ts";
import { extremes } from "../support/extremes.ts";
import { bare, textsOf } from "./mutants.ts";
import { picksOf } from "./picked.ts";
import type { Result } from "./run.ts";

const FOLDER = ".mutants";

/** The judge's sources: if they change, it may see more mutants. */
const judge = ["../support/kernels.ts", "../support/random.ts", "../../src/gpu/selftest.ts"]
  .map((file) => bare(readFileSync(new URL(file, import.meta.url), "utf8")))
  .join();

/** A digest of everything that decides an operation's mutants on a rung and the judge's verdicts on them. */
function digest(op: Op, rung: Rung): string {
  const texts = textsOf(op, rung).map(({ dims, kernels }) => [
    dims,
    kernels.map((k) => ({ ...k, code: bare(k.code) })),
  ]);
  const picks = picksOf(op).flatMap((m) => (m.rung === rung ? [m.id, bare(m.becomes)] : []));
  const { bindings, cases, tolerance, twin } = op;
  const all = [bindings, cases, tolerance, String(twin), extremes[op.name], texts, judge, picks];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

export interface Saved {
  readonly results: ReadonlyMap<string, Result>;
  /** The driver's name for it; absent if there are no results. */
  readonly adapter?: string;
  add(result: Result, adapter: string): void;
}

/** The results of one operation's rung on one adapter; those of an older text are discarded. */
export function savedResults(choice: string, op: Op, rung: Rung, fresh = false): Saved {
  const folder = join(FOLDER, choice);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${op.name}.${rung}.jsonl`);
  const [first, ...rest] = fresh ? [] : lines(file);
  const current = digest(op, rung);
  const valid = first === current;
  if (!valid) writeFileSync(file, `${current}\n`);
  const earlier: Line[] = valid ? rest.map((line) => JSON.parse(line)) : [];
  const results = new Map(earlier.map(({ adapter: _, ...result }) => [result.id, result as Result]));
  return {
    results,
    adapter: earlier.at(-1)?.adapter,
    add: (result, adapter) => {
      results.set(result.id, result);
      appendFileSync(file, `${JSON.stringify({ ...result, adapter } satisfies Line)}\n`);
    },
  };
}

type Line = Result & { readonly adapter: string };

function lines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}
