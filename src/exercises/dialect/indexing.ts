import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import type { Value } from "./values.ts";

/** `container[index]`; several indices between the brackets are one Tuple. */
export function getItem(_container: Value, _index: Value, _ctx: Context): Value {
  throw new DialectError("[] is not built yet");
}

/** `container[index] = value` */
export function setItem(_container: Value, _index: Value, _value: Value, _ctx: Context): void {
  throw new DialectError("[] = is not built yet");
}

/** What a `for` goes through: a range, a list, a tuple, `enumerate`, `zip`, or a tensor's rows (views of it). */
export function iterate(_value: Value, _ctx: Context): Iterable<Value> {
  throw new DialectError("for is not built yet");
}
