/**
 * Makes a kernel end. Each of its loops counts its rounds and is left when there are more than any right kernel needs; that is noted in a
 * buffer of flags, which tells which loop it was.
 *
 * A counter is a variable of `main`'s own and is never set back, so that a loop within a loop has no more rounds than one alone; functions
 * get the counters of their loops as pointers. One counter for each loop: the compiler asks of a barrier that all invocations of a workgroup
 * come there together, and where it has to see that from a counter, no loop with another number of rounds may have changed it.
 */
import type { Fn, Loop, Scan } from "./scan.ts";

export interface Instrumented {
  readonly code: string;
  /** The loops, in the order of their flags: 1 where a loop did not end. */
  readonly loops: readonly Loop[];
  /** The name of the buffer of flags. */
  readonly flags: string;
}

export interface Options {
  /** Rounds after which a loop is left. */
  readonly limit: number;
  /** Words behind each tensor's end, which `arrayLength` must not count. */
  readonly guard: number;
  /** Names that the text has around it. */
  readonly taken: Iterable<string>;
  /** Each function has counters of its own that begin anew with every call: for a text that the other way makes invalid. */
  readonly apart?: boolean;
  /** Text to put in besides, by place, with names that begin with `prefix`, and numbers in the buffer of flags from `first` on. */
  readonly recorded?: (prefix: string, flags: string, first: number) => readonly Insertion[];
}

export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/**
 * The `break` stands in two conditions, and something happens between them: then Mesa does not unroll the loop. Unrolled, each round would stand
 * in the one before it, which takes lavapipe's compiler 10 s for 128 rounds.
 */
const leave = (counter: string, limit: number, flag: string): string =>
  `if (${counter} > ${Math.floor(limit / 2)}u) { ${flag} = 0.5; if (${counter} > ${limit}u) { ${flag} = 1.0; break; } }`;

const STAGES = ["compute", "vertex", "fragment"];

/** Lines stay where they are. */
export function instrument(scan: Scan, options: Options): Instrumented {
  const { functions, text } = scan;
  const name = freshNames(scan, options.taken);
  const flags = `${name}_flags`;
  const loops = functions.flatMap((fn) => fn.loops);
  const numbers = new Map(loops.map((loop, k) => [loop, k]));
  const needed = countersOf(functions, numbers);
  const insertions: Insertion[] = [...(options.recorded?.(name, flags, loops.length) ?? [])];
  const put = (at: number, more: string) => insertions.push({ at, text: more });

  for (const fn of functions) {
    const isStage = STAGES.some((stage) => fn.attributes.has(stage));
    const owns = isStage || options.apart;
    const counters = options.apart ? fn.loops.map((loop) => numbers.get(loop)!) : needed.get(fn.name)!;
    const variables = counters.map((k) => `${name}_${k}`);
    const body = scan.tokens[fn.first].end;
    for (const v of variables)
      if (owns) put(body, ` var ${v} = 0u;`);
      else put(fn.parameters, `${v}: ptr<function, u32>, `);
    for (const loop of fn.loops) {
      const k = numbers.get(loop)!;
      const counter = owns ? `${name}_${k}` : `(*${name}_${k})`;
      put(loop.body, ` ${counter} += 1u; ${leave(counter, options.limit, `${flags}[${k}]`)}`);
    }
    // Where a loop could only be left by `return`, the function's end can be reached now.
    if (fn.result && fn.loops.length > 0) put(scan.tokens[fn.last].start, ` return ${fn.result}(); `);
    if (options.apart) continue;
    for (const call of fn.calls)
      for (const k of needed.get(call.name) ?? []) put(call.open, `${owns ? "&" : ""}${name}_${k}, `);
  }
  if (options.guard > 0 && !needed.has("arrayLength"))
    for (const call of functions.flatMap((fn) => fn.calls))
      if (call.name === "arrayLength") {
        put(call.start, "(");
        put(call.close + 1, ` - ${options.guard}u)`);
      }
  return { code: inserted(text, insertions), loops, flags };
}

function inserted(text: string, insertions: readonly Insertion[]): string {
  // What is put at the same place stays in order.
  const sorted = [...insertions].sort((a, b) => a.at - b.at);
  let [code, at] = ["", 0];
  for (const insertion of sorted) {
    code += text.slice(at, insertion.at) + insertion.text;
    at = insertion.at;
  }
  return code + text.slice(at);
}

/** What no name of the text begins with. */
function freshNames({ tokens }: Scan, taken: Iterable<string>): string {
  const names = [...taken, ...tokens.filter((t) => t.kind === "name").map((t) => t.text)];
  let name = "rounds";
  for (let i = 1; names.some((other) => other.startsWith(name)); i++) name = `rounds${i}x`;
  return name;
}

/** For each function the numbers of its loops, and of those in what it calls. */
function countersOf(
  functions: readonly Fn[],
  numbers: ReadonlyMap<Loop, number>,
): ReadonlyMap<string, readonly number[]> {
  const byName = new Map(functions.map((fn) => [fn.name, fn]));
  const known = new Map<string, readonly number[]>();
  const counters = (fn: Fn): readonly number[] => {
    const before = known.get(fn.name);
    if (before) return before;
    // What calls itself is invalid anyway, and must not be looked at for ever.
    known.set(fn.name, []);
    const called = fn.calls.flatMap(({ name }) => {
      const other = byName.get(name);
      return other ? counters(other) : [];
    });
    const all = [...new Set([...fn.loops.map((loop) => numbers.get(loop)!), ...called])];
    all.sort((a, b) => a - b);
    known.set(fn.name, all);
    return all;
  };
  for (const fn of functions) counters(fn);
  return known;
}
