/**
 * Which invocation touches which element of workgroup memory between two barriers. Devices hide races: the invocations of a GPU's subgroup run side
 * by side, and so do those that a software device puts into one vector. So the text writes down what it touches, and `conflicts.ts`
 * searches the record. Whether a device would have hidden a race makes no difference.
 */
import type { Insertion } from "./instrument.ts";
import type { Fn, Scan } from "./scan.ts";
import type { Token } from "./tokens.ts";

/** A place in the text where an element of workgroup memory is touched. */
export interface Site {
  readonly name: string;
  readonly line: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface Watched {
  readonly sites: readonly Site[];
  /** Numbers that the record takes, for a workgroup of so many invocations. */
  length(invocations: number): number;
  /** What to put in: the record begins at `first` in the buffer `record`, and all names begin with `prefix`. */
  insertions(prefix: string, record: string, first: number, size: Recorded): readonly Insertion[];
}

export interface Recorded {
  readonly invocations: number;
  /** The workgroups that are recorded, of which there are at most {@link GROUPS}. */
  readonly groups: readonly (readonly [x: number, y: number, z: number])[];
}

export const GROUPS = 2;
/** Touches of one invocation that are recorded: the first ones. */
export const MOST = 192;
/** A float holds whole numbers below 2²⁴: barriers passed times this, plus the number of the site. */
export const SITES = 1024;
const BARRIERS = 2 ** 14;

const BARRIER = /^(workgroup|storage)Barrier$/;
const PLAIN = /^(bool|[fiu]32|f16|vec[234]([fiuh]|<([fiu]32|f16)>))$/;

/** Undefined where there is nothing to watch, or nothing that can be watched: pointers into workgroup memory, structures, atomics. */
export function watch(scan: Scan): Watched | undefined {
  const { tokens, functions } = scan;
  const main = functions.find((fn) => fn.attributes.has("compute"));
  const builtins = main && builtinsOf(scan, main);
  if (!builtins || tokens.some((t) => t.text === "workgroupUniformLoad")) return undefined;
  const touches: Touch[] = [];
  for (const [name, type] of scan.shared) {
    const sizes = sizesOf(scan, type);
    touches.push(...((sizes && touchesOf(scan, name, type, sizes)) ?? []));
  }
  if (touches.length === 0 || touches.length > SITES) return undefined;
  return {
    sites: touches.map(({ site }) => site),
    length: (invocations) => GROUPS * invocations * MOST * 2,
    insertions(prefix, record, first, { invocations, groups }) {
      const lane = builtins.lane ?? `${prefix}_index`;
      const group = builtins.group ?? `${prefix}_group`;
      const put: Insertion[] = [];
      if (!builtins.group)
        put.push({ at: main.parameters, text: `@builtin(workgroup_id) ${group}: vec3u, ` });
      if (!builtins.lane)
        put.push({ at: main.parameters, text: `@builtin(local_invocation_index) ${lane}: u32, ` });
      const slots = groups.map(
        (at, slot) =>
          ` if (all(vec3u(${group}) == vec3u(${at.map((n) => `${n}u`)}))) { ${prefix}_slot = ${slot}u; }`,
      );
      put.push({
        at: tokens[main.first].end,
        text: ` ${prefix}_lane = u32(${lane}); ${prefix}_slot = ${GROUPS}u;${slots.join("")}`,
      });
      for (const [i, { text }] of tokens.entries())
        if (BARRIER.test(text) && tokens[i + 3]?.text === ";")
          put.push({ at: tokens[i + 3].end, text: ` ${prefix}_epoch += 1u;` });
      const records = touches.map(({ record }, k) => record(prefix, k));
      for (const part of ["open", "within", "close"] as const)
        for (const record of records) put.push(...(record[part] ?? []));
      put.push({
        at: scan.text.length,
        text: `
var<private> ${prefix}_lane: u32;
var<private> ${prefix}_slot: u32;
var<private> ${prefix}_epoch: u32;
var<private> ${prefix}_count: u32;
var<private> ${prefix}_row: u32;
fn ${prefix}_note(site: u32, element: u32) {
  if (${prefix}_slot < ${GROUPS}u && ${prefix}_count < ${MOST}u && ${prefix}_epoch < ${BARRIERS}u) {
    let at = ${first}u + ((${prefix}_slot * ${invocations}u + ${prefix}_lane) * ${MOST}u + ${prefix}_count) * 2u;
    ${record}[at] = f32(${prefix}_epoch * ${SITES}u + site);
    ${record}[at + 1u] = f32(element);
    ${prefix}_count += 1u;
  }
}
fn ${prefix}_to(size: u32, i: u32) -> u32 { ${prefix}_row = ${prefix}_row * size + i; return i; }
fn ${prefix}_at(site: u32, size: u32, i: u32) -> u32 { ${prefix}_note(site, ${prefix}_row * size + i); return i; }
${records.map(({ reading }) => reading ?? "").join("")}`,
      });
      return put;
    },
  };
}

/** What `main` calls its place, as far as it asks; undefined if it asks in a structure. */
function builtinsOf({ tokens }: Scan, main: Fn): { lane?: string; group?: string } | undefined {
  const found: { lane?: string; group?: string } = {};
  for (const [i, { text, start }] of tokens.entries()) {
    const key = ({ local_invocation_index: "lane", workgroup_id: "group" } as const)[text];
    if (!key || tokens[i - 2]?.text !== "builtin") continue;
    if (start < main.parameters || i > main.first) return undefined;
    // `@builtin(workgroup_id) name: vec3u`
    found[key] = tokens[i + 2].text;
  }
  return found;
}

/** The sizes of an array of arrays of numbers or vectors, outermost first, as code; none for a number. Undefined for anything else. */
function sizesOf(scan: Scan, type: readonly Token[]): string[] | undefined {
  const [head] = type;
  const alias = type.length === 1 ? scan.types.get(head.text) : undefined;
  if (alias?.[0].text === "=") return sizesOf(scan, alias.slice(1));
  const text = type.map((t) => t.text).join("");
  if (PLAIN.test(text)) return [];
  if (head?.text !== "array" || type[1]?.text !== "<" || type.at(-1)?.text !== ">") return undefined;
  const inner = type.slice(2, -1);
  const comma = inner.findLastIndex((t) => t.text === ",");
  if (comma < 1) return undefined;
  const rest = sizesOf(scan, inner.slice(0, comma));
  const size = inner.slice(comma + 1).map((t) => t.text);
  return rest && [size.join(" "), ...rest];
}

interface Touch {
  readonly site: Site;
  record(prefix: string, number: number): TouchText;
}

/** What notes a touch. Of texts put at one place those of `open` come first and those of `close` last, so that `total` in `sums[total]` stays within. */
interface TouchText {
  readonly open?: readonly Insertion[];
  readonly within?: readonly Insertion[];
  readonly close?: readonly Insertion[];
  /** A function that notes that a variable is read, and gives its value. */
  readonly reading?: string;
}

const STATEMENT_ENDS = new Set([";", "{", "}"]);

/** All places that touch a variable; undefined if some cannot be followed. */
function touchesOf(
  scan: Scan,
  name: string,
  type: readonly Token[],
  sizes: readonly string[],
): Touch[] | undefined {
  const { tokens, functions, text } = scan;
  const typed = text.slice(type[0].start, type.at(-1)!.end);
  const touches: Touch[] = [];
  for (const fn of functions)
    for (let i = fn.last - 1; tokens[i].start >= fn.parameters; i--) {
      if (tokens[i].text !== name || tokens[i - 1].text === ".") continue;
      // A parameter or a local variable of the same name, or a pointer.
      if (i < fn.first || isDeclared(tokens, i) || isAddress(tokens, i)) return undefined;
      const indices: [open: number, close: number][] = [];
      let next = i + 1;
      while (indices.length < sizes.length && tokens[next].text === "[") {
        const close = scan.pairs.get(next);
        if (close === undefined) return undefined;
        indices.push([next, close]);
        next = close + 1;
      }
      // All of an array at once; or a row that is looked up while another one is.
      const inner = sizes.length > 1 ? tokens.slice(i + 1, next) : [];
      if (indices.length < sizes.length || inner.some((t) => scan.shared.has(t.text))) return undefined;
      const starts = STATEMENT_ENDS.has(tokens[i - 1].text);
      // A part of a vector is written.
      if (starts && /^[.[]$/.test(tokens[next].text)) return undefined;
      const use = starts ? useOf(tokens, next) : "read";
      const site = { name, line: tokens[i].line, reads: use !== "write", writes: use !== "read" };
      const brackets = indices.map(([open, close]) => [tokens[open], tokens[close]] as const);
      const record = brackets.length > 0 ? element(brackets, sizes) : number(tokens[i], typed, use);
      touches.push({ site, record });
    }
  return touches;
}

type Use = "read" | "write" | "both";

const element =
  (brackets: readonly (readonly [open: Token, close: Token])[], sizes: readonly string[]): Touch["record"] =>
  (prefix, site) => ({
    open: brackets.map(([open], k) => {
      const size = k === 0 ? "0u" : `u32(${sizes[k]})`;
      const call = k === brackets.length - 1 ? `at(${site}u, ${size}` : `to(${size}`;
      return { at: open.end, text: `${prefix}_${call}, u32(` };
    }),
    close: brackets.map(([, close]) => ({ at: close.start, text: "))" })),
  });

const number =
  ({ start, end }: Token, type: string, use: Use): Touch["record"] =>
  (prefix, site) => {
    const note = `${prefix}_note(${site}u, 0u);`;
    if (use !== "read") return { within: [{ at: start, text: `${note} ` }] };
    const name = `${prefix}_read_${site}`;
    return {
      within: [
        { at: start, text: `${name}(` },
        { at: end, text: ")" },
      ],
      reading: `fn ${name}(value: ${type}) -> ${type} { ${note} return value; }\n`,
    };
  };

const adjacent = (a: Token, b: Token): boolean => a.end === b.start;

/** What a statement that begins with a variable does with it. In the head of a `for` it may be a condition. */
function useOf(tokens: readonly Token[], at: number): Use {
  const [one, two, three] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  const joined = adjacent(one, two) ? two.text : "";
  if (one.text === "=") return joined === "=" ? "read" : "write";
  if (/^[-+]$/.test(one.text) && joined === one.text) return "both";
  if (/^[-+*/%&|^]$/.test(one.text) && joined === "=") return "both";
  if (/^[<>]$/.test(one.text) && joined === one.text && three.text === "=") return "both";
  return "read";
}

const isDeclared = (tokens: readonly Token[], i: number): boolean =>
  /^(let|var|const)$/.test(tokens[i - 1].text) ||
  (tokens[i - 1].text === ">" && tokens[i - 4]?.text === "var");

const endsOperand = ({ kind, text }: Token): boolean =>
  kind === "sign" ? /^[)\]]$/.test(text) : text !== "return";

/** Whether the `&` before a name takes its address: not if it stands between two operands, alone or as `&&`. */
function isAddress(tokens: readonly Token[], i: number): boolean {
  const [first, second, third] = [tokens[i - 3], tokens[i - 2], tokens[i - 1]];
  if (third.text !== "&" || endsOperand(second)) return false;
  return !(second.text === "&" && adjacent(second, third) && endsOperand(first));
}
