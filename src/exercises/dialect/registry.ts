import { Arguments, type Signature, signature } from "./arguments.ts";
import type { Context } from "./context.ts";
import type { Tensor } from "./tensor.ts";
import { Func, type Value } from "./values.ts";

/** One function that is understood, under all its names. */
export interface Entry {
  /** `torch.sum`, `F.softmax`, or `.sum` for a method; a method's first parameter is the tensor before the dot. */
  readonly names: readonly string[];
  readonly signature: Signature;
  readonly run: (args: Arguments) => Value;
}

/** `define("torch.sum .sum", "input, dim=None, keepdim=False", (args) => …)` */
export function define(names: string, parameters: string, run: (args: Arguments) => Value): Entry {
  return { names: names.split(" "), signature: signature(parameters), run };
}

/** The function by its full name, as a value to be called. */
export function asFunction(name: string, entry: Entry): Func {
  return new Func(name, (args, keywords, ctx) =>
    entry.run(Arguments.bind(name, entry.signature, args, keywords, ctx)),
  );
}

/** The method of this tensor. */
export function asMethod(name: string, entry: Entry, self: Tensor): Func {
  return new Func(name, (args, keywords, ctx: Context) =>
    entry.run(Arguments.bind(name, entry.signature, args, keywords, ctx, self)),
  );
}
