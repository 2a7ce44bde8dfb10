import type { Place } from "../ast.ts";
import { Context } from "../context.ts";
import { repr, str } from "../display.ts";
import { BUILTINS } from "../functions.ts";
import { Func, type Value } from "../values.ts";
import { Changes } from "./changes.ts";
import { cmp } from "./cmp.ts";
import { Limits } from "./limits.ts";
import { Names } from "./names.ts";
import type { Options } from "./outcome.ts";
import { Output, printed } from "./output.ts";
import { Problems } from "./problems.ts";

/** What statements and expressions of one run share. */
export class State {
  readonly options: Options;
  readonly ctx: Context;
  readonly limits: Limits;
  readonly names: Names;
  readonly changes = new Changes();
  readonly problems: Problems;
  readonly output: Output;
  /** The statements that went on for too long, by their places, with what is said of them. */
  readonly tooLong = new Map<string, string>();
  /** Where the run is: an exception is of this place. */
  at: Place = { cell: null, line: 1, column: 1 };

  constructor(options: Options) {
    this.options = options;
    this.problems = new Problems(options.onError);
    const note = (message: string): void => this.problems.note(message, this.at);
    this.ctx = new Context(options.precision, options.budget, note);
    this.limits = new Limits(this.ctx, options.steps);
    this.output = new Output(note);
    this.names = new Names(options, this.#builtins(), this.changes, this.ctx);
  }

  /** What every text has, with the functions that write. */
  #builtins(): Map<string, Value> {
    const { ctx, limits, options, output } = this;
    return new Map<string, Value>([
      ...BUILTINS,
      [
        "print",
        new Func("print", (args, keywords) => {
          if (!output.full) output.write(limits.text(printed(args, keywords)));
          return null;
        }),
      ],
      [
        "cmp",
        new Func("cmp", (args) => {
          output.write(cmp(args, options, ctx) ?? "");
          return null;
        }),
      ],
      ["str", new Func("str", (args) => limits.text(str(args[0] ?? "")))],
      ["repr", new Func("repr", (args) => limits.text(repr(args[0] ?? null)))],
    ]);
  }
}
