/**
 * Where each tensor of a step is drawn in its graph. The forward pass runs down on the left. Every gradient mirrors its
 * tensor on the right, in the same row, so that the backward pass runs back up.
 */
import type { GraphNode, StepGraph } from "./graph.ts";

/** Columns and rows are counted from 0. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

/** Names with their places. */
export type Places = ReadonlyMap<string, Place>;

/** Four columns: given, computed | gradients of computed, gradients of given. */
export function placeInFour(graph: StepGraph): Places {
  const { forward, made, nodes } = forwardPass(graph);
  const places = new Map<string, Place>();
  const taken = new Map<string, string>();
  const put = (name: string, place: Place) => {
    places.set(name, place);
    taken.set(`${place.column} ${place.row}`, name);
  };
  const at = (column: number, row: number) => taken.get(`${column} ${row}`);
  const free = (column: number, row: number) => row >= 0 && at(column, row) === undefined;
  const used = (name: string | undefined) => forward.some((e) => e.from === name);
  const below = (column: number, row: number) => {
    while (!free(column, row)) row++;
    return row;
  };

  // Nodes come in the order of the step, so a tensor's sources have their places already.
  const rowOf = (name: string) => places.get(name)?.row ?? 0;
  for (const { name } of nodes)
    if (made.has(name)) {
      const row = 1 + Math.max(...forward.filter((e) => e.to === name).map((e) => rowOf(e.from)));
      // What an operation makes by the way (logit_argmax) stands beside what the forward pass goes on with.
      const aside = !free(1, row) && free(0, row) && !used(name) && used(at(1, row));
      put(name, aside ? { column: 0, row } : { column: 1, row: below(1, row) });
    }
  for (const { name } of nodes)
    if (!made.has(name)) {
      const users = forward.filter((e) => e.from === name).map((e) => rowOf(e.to));
      const user = users.length > 0 ? Math.min(...users) : 0;
      const near = [user - 1, user, user + 1, user - 2].find((r) => free(0, r));
      put(name, { column: 0, row: near ?? below(0, user) });
    }
  return withGradients(graph, places, 3);
}

/** Two columns, for a narrow screen: what is given stands above the tensor that is first made of it. */
export function placeInTwo(graph: StepGraph): Places {
  const { forward, made, nodes } = forwardPass(graph);
  const order = new Set<string>();
  for (const { name } of nodes)
    if (made.has(name)) {
      for (const { from } of forward.filter((e) => e.to === name)) order.add(from);
      order.add(name);
    }
  for (const { name } of nodes) order.add(name);
  return withGradients(graph, new Map([...order].map((name, row) => [name, { column: 0, row }])), 1);
}

/** The tensors that are no gradients, and what of them is made of what. */
function forwardPass({ nodes, edges }: StepGraph) {
  const isGradient = new Set(nodes.filter(gradient).map((n) => n.name));
  const forward = edges.filter((e) => !isGradient.has(e.to));
  return {
    nodes: nodes.filter((n) => !gradient(n)),
    forward,
    made: new Set(forward.map((e) => e.to)),
  };
}

const gradient = (n: GraphNode): boolean => n.role === "gradient";

/** With the gradients opposite their tensors; `last` is the last column. */
function withGradients({ nodes }: StepGraph, places: ReadonlyMap<string, Place>, last: number): Places {
  const mirrored = nodes.filter(gradient).flatMap(({ name }) => {
    const of = places.get(name.slice(1));
    return of ? [[name, { column: last - of.column, row: of.row }] as const] : [];
  });
  return new Map([...places, ...mirrored]);
}
