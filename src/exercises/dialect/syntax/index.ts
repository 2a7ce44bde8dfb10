import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import type { Broken, Program, Statement } from "../ast.ts";
import { firstError, isDeep, syntaxError } from "./problems.ts";
import { scan } from "./scan.ts";
import { Source, SyntaxProblem } from "./source.ts";
import { StatementReader } from "./statements.ts";

/** The program in a text, or in a notebook's code cells. Nothing is thrown: what is no Python is in `broken`. */
export function read(source: string | readonly string[]): Program {
  const statements: Statement[] = [];
  const broken: Broken[] = [];
  const cells = typeof source === "string" ? [source] : source;
  cells.forEach((text, index) => {
    const cell = new Source(text, typeof source === "string" ? null : index + 1);
    const before = broken.length;
    new Reader(cell, statements, broken).read();
    broken.push(...broken.splice(before).sort((a, b) => a.at.line - b.at.line));
  });
  return { statements, broken };
}

/** What gives a name a value, changes it or changes elements of it, at the beginning of a line. */
const ASSIGNMENT = /^[ \t]*([A-Za-z_]\w*)(?:\[[^\n=]*\])?[ \t]*(?:[-+*/@%]|\*\*|\/\/)?=(?!=)/gm;

class Reader {
  readonly #source: Source;
  readonly #statements: Statement[];
  readonly #broken: Broken[];
  readonly #reader: StatementReader;

  constructor(source: Source, statements: Statement[], broken: Broken[]) {
    this.#source = source;
    this.#statements = statements;
    this.#broken = broken;
    this.#reader = new StatementReader(source);
  }

  read(): void {
    const { text: code, magics, problems } = scan(this.#source.text);
    let magic = 0;
    const magicsBefore = (end: number): void => {
      for (; magic < magics.length && magics[magic].from < end; magic++) {
        const { from, text } = magics[magic];
        this.#statements.push({ kind: "magic", at: this.#source.place(from), text: text.split("\n")[0] });
      }
    };
    for (const { at, message, from, to } of problems) this.#break(at, message, from, to);
    let brokenLine = 0;
    for (let node = parser.parse(code).topNode.firstChild; node; node = node.nextSibling) {
      if (node.name === "Comment") continue;
      const { line } = this.#source.place(node.from);
      if (line === brokenLine) continue;
      magicsBefore(node.from);
      const wrong = this.#take(node, code);
      if (!wrong) continue;
      const next = node.nextSibling;
      const end = Math.max(node.to, next && this.#sameLine(node, next) ? next.to : 0);
      this.#break(wrong.at, wrong.message, this.#source.lineStart(line), end);
      brokenLine = this.#source.place(Math.max(node.from, node.to - 1)).line;
    }
    magicsBefore(Number.POSITIVE_INFINITY);
  }

  /** Adds a node's statements, or returns what is wrong with it. */
  #take(node: SyntaxNode, code: string): SyntaxProblem | null {
    try {
      const error = firstError(node);
      if (error) {
        return isDeep(node)
          ? new SyntaxProblem("this is nested too deeply", node.from)
          : syntaxError(error, this.#source.text, code);
      }
      const statements = this.#reader.statements(node);
      // A line that goes wrong in its middle is two statements and an error for the parser.
      const next = node.nextSibling;
      if (!next?.type.isError || !this.#sameLine(node, next)) this.#statements.push(...statements);
      return null;
    } catch (problem) {
      if (problem instanceof SyntaxProblem) return problem;
      if (problem instanceof RangeError) return new SyntaxProblem("this is nested too deeply", node.from);
      throw problem;
    }
  }

  #sameLine(a: SyntaxNode, b: SyntaxNode): boolean {
    const { text } = this.#source;
    return !text.slice(a.to, b.from).includes("\n") && !text.slice(a.from, a.to).endsWith("\n");
  }

  #break(at: number, message: string, from: number, to: number): void {
    const text = this.#source.text.slice(from, to);
    const names = new Set(text.match(/[A-Za-z_]\w*/g) ?? []);
    const assigns = new Set([...text.matchAll(ASSIGNMENT)].map(([, name]) => name));
    this.#broken.push({ at: this.#source.place(at), message, names: [...names], assigns: [...assigns] });
  }
}
