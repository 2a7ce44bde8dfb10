/**
 * Where each tensor of a step is drawn in its graph. The forward pass runs down on the left. Every gradient mirrors its
 * tensor on the right, in the same row, so that the backward pass runs back up. Inputs and parameters are on the outside.
 */
import type { StepGraph } from "./graph.ts";

/** Four columns: given, computed | gradients of computed, gradients of given. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

export function placeNodes({ nodes, edges }: StepGraph): ReadonlyMap<string, Place> {
  const gradients = new Set(nodes.filter((n) => n.role === "gradient").map((n) => n.name));
  const forward = edges.filter((e) => !gradients.has(e.to));
  const made = new Set(forward.map((e) => e.to));
  const places = new Map<string, Place>();
  const taken = new Set<string>();
  const put = (name: string, place: Place) => {
    places.set(name, place);
    taken.add(`${place.column} ${place.row}`);
  };
  const free = (column: number, row: number) => row >= 0 && !taken.has(`${column} ${row}`);

  // Nodes come in the order of the step, so a tensor's sources have their places already.
  const rowOf = (name: string) => places.get(name)?.row ?? 0;
  for (const { name } of nodes)
    if (made.has(name)) {
      const row = 1 + Math.max(...forward.filter((e) => e.to === name).map((e) => rowOf(e.from)));
      put(name, { column: free(1, row) ? 1 : 0, row });
    }
  for (const { name } of nodes)
    if (!made.has(name) && !gradients.has(name)) {
      const user = Math.min(...forward.filter((e) => e.from === name).map((e) => rowOf(e.to)));
      const row = [user - 1, user, user + 1, user - 2].find((r) => free(0, r)) ?? user;
      put(name, { column: 0, row });
    }
  for (const name of gradients) {
    const of = places.get(name.slice(1));
    if (of) put(name, { column: 3 - of.column, row: of.row });
  }
  return places;
}
