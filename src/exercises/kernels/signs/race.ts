/** Signs of invocations that do not wait for one another. */
import { LateError } from "../../../plan/late.ts";
import { type Conflict, conflictIn } from "../conflicts.ts";
import { TextError } from "../refused.ts";
import { type Mistake, type Seen, sameBits } from "../seen.ts";
import type { Trials } from "../trials.ts";
import { watch } from "../watched.ts";
import { invocationsOf } from "../workgroup_size.ts";

/**
 * Two invocations touch the same element of workgroup memory with no barrier between, and one of them writes, whatever came of it here. If a
 * verdict's time is over before that is known, nothing is said of it.
 */
export async function unordered(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  try {
    return await firstConflict(trials, all);
  } catch (error) {
    if (error instanceof TextError || error instanceof LateError) return null;
    throw error;
  }
}

async function firstConflict(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  const watched = watch(trials.scan);
  if (!watched) return null;
  const invocations = invocationsOf(trials.size);
  for (const { posed } of all) trials.compile(posed.dims, { watched }).catch(() => {});
  for (const { posed } of all) {
    const { record } = await trials.run(posed, { watched });
    const conflict = conflictIn(watched, record, invocations);
    if (!conflict) continue;
    return { id: "race", says: says(conflict) };
  }
  return null;
}

function says({ written, other }: Conflict): string {
  const [does, so] = other.reads
    ? ["reads", "What is read may not be there yet, or no longer."]
    : ["writes", "Which of the two numbers stays is left to chance."];
  return `A race: line ${other.line} ${does} an element of \`${other.name}\` that another invocation writes in line ${written.line}, and no barrier makes one wait for the other. ${so}`;
}

/** Runs with the same inputs. */
const RUNS = 3;

/** The same text gives other numbers in another run. */
export async function changing(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  for (const { posed, first } of all.filter(({ ok }) => !ok)) {
    for (let run = 0; run < RUNS; run++) {
      const once = await trials.run(posed);
      if (sameBits(first, once)) continue;
      const k = first.outputs.findIndex(({ words }, o) =>
        words.some((w, i) => w !== once.outputs[o].words[i]),
      );
      const { name, words } = first.outputs[k];
      const at = words.findIndex((w, i) => w !== once.outputs[k].words[i]);
      return {
        id: "race",
        says: `A race: on the same inputs \`${name}[${at}]\` is another number in another run, as it depends on which invocation comes first.`,
      };
    }
  }
  return null;
}
