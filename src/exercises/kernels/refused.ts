/** What a kernel's text may be, so that judging it ends soon: its length, its loops, its workgroup. */

import type { Dims } from "../../plan/contract.ts";
import { count } from "../../plan/count.ts";
import { ownElements } from "./memory.ts";
import type { Place } from "./report.ts";
import type { Fn, Scan } from "./scan.ts";
import { lineCount } from "./tokens.ts";
import type { WorkgroupSize } from "./types.ts";
import { invocationsOf, SizeError, workgroupSize } from "./workgroup_size.ts";

/** A text that is not judged. Its message is one line, without the place. */
export class TextError extends Error {
  override name = "TextError";
  readonly place: Place | undefined;

  constructor(message: string, place?: Place) {
    super(message);
    this.place = place;
  }
}

const CHARACTERS = 20_000;
const LINES = 2_000;
/** Each has a counter, which functions pass to one another. */
const LOOPS = 64;
/** Loops in loops: with 60, SwiftShader's compiler does not come back for minutes. */
const DEPTH = 8;
/** Of a text in which functions stand wherever they are called, as in what drivers compile: in software up to 0.1 ms each. */
const WORDS = 10_000;
/** Of arrays that each invocation has for itself. Software devices compile every element by itself: 2,048 of them for seconds. */
const ELEMENTS = 512;
/** What every device has, so that a kernel that is right here runs everywhere. */
const INVOCATIONS = 256;
const MOST: WorkgroupSize = [256, 256, 64];

/** @throws TextError for one that is too long to be looked at */
export function requireShort(text: string): void {
  if (text.length > CHARACTERS)
    throw new TextError(
      `a kernel of ${count(text.length)} characters is too long: use at most ${count(CHARACTERS)}`,
    );
  if (lineCount(text) > LINES)
    throw new TextError(
      `a kernel of ${count(lineCount(text))} lines is too long: use at most ${count(LINES)}`,
    );
  if (text.trim() === "") throw new TextError("there is no kernel yet: write `fn main`");
}

/**
 * What a compiler would say less clearly, because it does not know that declarations stand in front.
 * @throws TextError
 */
export function requireOwnNames({ tokens, bindings }: Scan, names: ReadonlySet<string>): void {
  const [first] = tokens;
  if (first && ["enable", "requires", "diagnostic"].includes(first.text))
    throw new TextError(`\`${first.text}\` is not possible here: leave it out`, first);
  const [binding] = bindings;
  if (!binding) return;
  const declared = names.has(binding.text)
    ? "it is declared already"
    : "the exercise declares all that there is";
  throw new TextError(`\`${binding.text}\` must not be bound: ${declared}, so leave this out`, {
    line: binding.line,
  });
}

/**
 * The workgroup size of a text that compiles.
 * @param sizes the largest of each that it is to be judged at
 * @throws TextError if it cannot be judged
 */
export function requireKernel(scan: Scan, sizes: Dims = {}): WorkgroupSize {
  const main = scan.functions.find(({ name }) => name === "main");
  if (!main)
    throw new TextError("there is no function `main`: begin with `@compute @workgroup_size(64) fn main(…)`");
  const line = { line: main.line };
  const args = main.attributes.get("workgroup_size");
  if (!main.attributes.has("compute") || !args)
    throw new TextError("`main` has to be a kernel: write `@compute @workgroup_size(64)` before it", line);
  for (const unset of scan.unset)
    throw new TextError(`\`${unset.text}\` gets no value: write \`const ${unset.text} = …;\``, {
      line: unset.line,
    });
  const loops = scan.functions.flatMap((fn) => fn.loops);
  if (loops.length > LOOPS)
    throw new TextError(`there are ${loops.length} loops: use at most ${LOOPS}`, { line: loops[LOOPS].line });
  const deep = loops.find(({ depth }) => depth >= DEPTH);
  if (deep)
    throw new TextError(`more than ${DEPTH} loops stand in one another: use less`, { line: deep.line });
  requireFewWords(scan, main);
  const elements = ownElements(scan, sizes);
  if (elements > ELEMENTS)
    throw new TextError(
      `each invocation has arrays of ${count(elements)} elements to itself: use at most ${ELEMENTS}, or workgroup memory`,
    );
  return requireSize(scan, main);
}

function requireFewWords(scan: Scan, main: Fn): void {
  const written = scan.tokens.length;
  if (written > WORDS)
    throw new TextError(
      `a kernel of ${count(written)} words and signs is too long: use at most ${count(WORDS)}`,
    );
  if (expandedWords(scan, main) > WORDS)
    throw new TextError(
      `with its functions in place of their calls, this kernel has more than ${count(WORDS)} words and signs: call less often`,
    );
}

function requireSize(scan: Scan, main: Fn): WorkgroupSize {
  const line = { line: main.attributes.get("workgroup_size")![0]?.line ?? main.line };
  let size: WorkgroupSize;
  try {
    size = workgroupSize(scan, main.attributes.get("workgroup_size")!);
  } catch (error) {
    if (error instanceof SizeError) throw new TextError(`\`@workgroup_size\`: ${error.message}`, line);
    throw error;
  }
  const invocations = invocationsOf(size);
  if (invocations > INVOCATIONS)
    throw new TextError(
      `a workgroup of ${count(invocations)} invocations is too large: every device has ${INVOCATIONS}`,
      line,
    );
  const axis = size.findIndex((n, i) => n > MOST[i]);
  if (axis >= 0)
    throw new TextError(
      `\`@workgroup_size\`: ${size[axis]} is too much for ${"xyz"[axis]}: use at most ${MOST[axis]}`,
      line,
    );
  return size;
}

/** Words and signs of the text that is left when every call is replaced by what it calls; at most a little more than are allowed. */
function expandedWords(scan: Scan, main: Fn): number {
  const functions = new Map(scan.functions.map((fn) => [fn.name, fn]));
  const known = new Map<string, number>();
  const words = (fn: Fn, depth: number): number => {
    const before = known.get(fn.name);
    if (before !== undefined) return before;
    let sum = fn.last - fn.first;
    for (const { name } of fn.calls) {
      const called = functions.get(name);
      // A compiler has refused recursion, unless it knows of none.
      if (called && depth < functions.size) sum += words(called, depth + 1);
      sum = Math.min(sum, WORDS + 1);
    }
    known.set(fn.name, sum);
    return sum;
  };
  return words(main, 0);
}
