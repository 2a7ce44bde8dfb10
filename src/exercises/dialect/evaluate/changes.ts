import type { Place } from "../ast.ts";
import { type Storage, Tensor } from "../tensor.ts";
import type { Value } from "../values.ts";
import type { Change } from "./outcome.ts";

/** Where each name got its value, and where each tensor was last changed in place: two names may be one tensor. */
export class Changes {
  readonly #assigned = new Map<string, { at: Place; order: number }>();
  readonly #changed = new Map<Storage, { at: Place; order: number; through: string }>();
  #order = 0;

  assign(name: string, at: Place): void {
    this.#assigned.set(name, { at, order: ++this.#order });
  }

  /** @param through the name that the statement used */
  change(value: Value, through: string | null, at: Place): void {
    if (value instanceof Tensor)
      this.#changed.set(value.storage, { at, order: ++this.#order, through: through ?? value.name ?? "" });
  }

  /** Where a name got its value. */
  assignedAt(name: string): Place | undefined {
    return this.#assigned.get(name)?.at;
  }

  /** The last change of what each name holds. */
  of(values: ReadonlyMap<string, Value>): Map<string, Change> {
    const out = new Map<string, Change>();
    for (const [name, assigned] of this.#assigned) {
      const value = values.get(name);
      if (value === undefined) continue;
      const change = value instanceof Tensor ? this.#changed.get(value.storage) : undefined;
      const last = change && change.order > assigned.order ? change : { at: assigned.at, through: name };
      out.set(name, { at: last.at, through: last.through, assigned: assigned.at });
    }
    return out;
  }
}
