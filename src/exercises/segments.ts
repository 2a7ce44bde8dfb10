/** Which lines of a text make which gradient, so that a page can show one gradient's lines of a whole cell. */
import { read } from "./dialect/index.ts";
import { writtenNames } from "./dialect/tree.ts";

/** For each line of a text the gradients that it helps to make; undefined where that cannot be said, as in a line that is no Python. */
type Owners = readonly (ReadonlySet<string> | undefined)[];

/**
 * For each line of a text whether it makes other gradients than this one, and only those. Comments and lines that only prepare something count
 * to what follows them.
 */
export function linesOfOthers(text: string, name: string, asked: ReadonlySet<string>): boolean[] {
  return ownersOf(text, asked).map((owners) => owners !== undefined && owners.size > 0 && !owners.has(name));
}

/**
 * The text with a stub for a gradient that has no line: before the first line that makes a later one.
 * @param order the gradients in their order
 */
export function withStub(text: string, name: string, order: readonly string[]): string {
  const owners = ownersOf(text, new Set(order));
  if (owners.some((each) => each?.has(name))) return text;
  const later = new Set(order.slice(order.indexOf(name) + 1));
  const lines = text === "" ? [] : text.split("\n");
  const at = owners.findIndex((each) => each !== undefined && [...each].some((other) => later.has(other)));
  const end = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  lines.splice(at < 0 ? end : at, 0, `${name} = None`);
  return lines.join("\n");
}

function ownersOf(text: string, asked: ReadonlySet<string>): Owners {
  const count = text.split("\n").length;
  const { statements, broken } = read(text);
  const out = new Array<ReadonlySet<string> | undefined>(count).fill(undefined);
  let end = count;
  let owners: ReadonlySet<string> = new Set();
  // From the end, since what prepares something counts to what follows it.
  for (const statement of [...statements].reverse()) {
    const made = [...writtenNames([statement])].filter((each) => asked.has(each));
    if (made.length > 0) owners = new Set(made);
    const start = statement.at.line - 1;
    out.fill(owners, start, end);
    end = start;
  }
  out.fill(owners, 0, end);
  const lines = text.split("\n");
  // What stands behind a statement's last line counts to the next one.
  for (let i = count - 1; i >= 0; i--) {
    const empty = /^\s*(#.*)?$/.test(lines[i]);
    if (empty && i + 1 < count) out[i] = out[i + 1];
  }
  for (const { at } of broken) out[at.line - 1] = undefined;
  return out;
}
