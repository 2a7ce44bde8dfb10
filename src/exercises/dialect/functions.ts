import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import type { Keywords, Value } from "./values.ts";

/** `value.name`: a tensor's attribute or bound method, a field of a named tuple, a member of a module. */
export function attribute(_value: Value, name: string, _ctx: Context): Value {
  throw new DialectError(`.${name} is not built yet`);
}

/** `callee(args, name=value)` */
export function call(_callee: Value, _args: readonly Value[], _keywords: Keywords, _ctx: Context): Value {
  throw new DialectError("calls are not built yet");
}

/** The names that every text has: `torch`, `F`, `math`, `range`, `len`, … (`print` and `cmp` are the evaluator's). */
export const BUILTINS: ReadonlyMap<string, Value> = new Map<string, Value>();

/** The nearest of `known` to a name that is not one of them, or undefined if none is near. */
export function nearest(_name: string, _known: Iterable<string>): string | undefined {
  return undefined;
}
