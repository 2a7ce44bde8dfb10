/** What became of the mutants of earlier runs, kept so that a run that was cut off goes on. */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kernelSource, type Op } from "../../src/ops/contract.ts";
import type { Result } from "./run.ts";

const FOLDER = ".mutants";

/** Of everything about an operation that decides its mutants and what the judge says of them. */
function digest(op: Op): string {
  const sources = op.cases.map((d) => op.kernels(d).map((k) => kernelSource(op, d, k)));
  const all = [op.bindings, op.cases, op.tolerance, op.twin.toString(), sources];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

export interface Saved {
  readonly results: ReadonlyMap<string, Result>;
  add(result: Result): void;
}

/** The results of one operation on one adapter; those of an older text are forgotten. */
export function savedResults(adapter: string, op: Op, fresh = false): Saved {
  const folder = join(FOLDER, adapter);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${op.name}.jsonl`);
  const results = new Map<string, Result>();
  const [first, ...rest] = fresh ? [] : lines(file);
  if (first === digest(op)) for (const line of rest) note(JSON.parse(line));
  else writeFileSync(file, `${digest(op)}\n`);
  function note(result: Result) {
    results.set(result.id, result);
  }
  return {
    results,
    add: (result) => {
      note(result);
      appendFileSync(file, `${JSON.stringify(result)}\n`);
    },
  };
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}
