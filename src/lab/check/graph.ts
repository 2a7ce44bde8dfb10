/** The graph of a step, read from its plan: which tensors each operation makes from which. */
import { type Plan, type Role, size, storage, type Tensor } from "../../plan/plan.ts";

export interface GraphNode {
  readonly name: string;
  readonly role: Role;
  readonly shape: readonly number[];
  /** The call that writes it, counted from 1. Absent for inputs, parameters and views. */
  readonly position?: number;
}

/** `to` is computed from `from`; a view is the same storage in another shape. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `linear.forward`, or `view`. */
  readonly op: string;
}

export interface StepGraph {
  /** Inputs and parameters first, then in the order in which the step makes them. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The update that ends the step: each parameter, and the gradient that changes it. */
  readonly updates: readonly {
    readonly parameter: string;
    readonly gradient: string;
    readonly math: string;
  }[];
  /** Number of operations before the update. */
  readonly calls: number;
}

/** From the loss to the gradients that the backward pass begins with: made of no other gradient, and others are made of them. */
export function beginnings({ nodes, edges }: StepGraph): { readonly from: string; readonly to: string }[] {
  const gradients = new Set(nodes.filter((n) => n.role === "gradient").map((n) => n.name));
  if (!nodes.some((n) => n.name === "loss")) return [];
  return [...gradients]
    .filter((name) => !edges.some((e) => e.to === name && gradients.has(e.from)))
    .filter((name) => edges.some((e) => e.from === name && gradients.has(e.to)))
    .map((to) => ({ from: "loss", to }));
}

const formals = (c: Plan["calls"][number], kind: "reads" | "writes" | "updates"): string[] =>
  Object.entries(c.op.bindings)
    .filter(([, b]) => ({ read: "reads", write: "writes", update: "updates" })[b.access] === kind)
    .map(([formal]) => c.args[formal]);

/** The graph of a step's plan. The update in place that ends it is listed separately, so that the rest has no cycle. */
export function stepGraph(plan: Plan): StepGraph {
  const steps = plan.calls.filter((c) => formals(c, "updates").length === 0);
  const position = new Map(
    steps.flatMap((c, i) => formals(c, "writes").map((name) => [name, i + 1] as const)),
  );
  const named = new Set(steps.flatMap((c) => Object.values(c.args)));
  const edges: GraphEdge[] = steps.flatMap((c) =>
    formals(c, "writes").flatMap((to) => formals(c, "reads").map((from) => ({ from, to, op: c.op.name }))),
  );

  const order = new Map<string, number>();
  for (const name of named) {
    const source = position.has(name) ? undefined : writerOf(plan, position, name);
    if (source) edges.push({ from: source, to: name, op: "view" });
    // A view comes right after the tensor that it is a view of.
    order.set(name, position.get(name) ?? (source ? position.get(source)! + 0.5 : 0));
  }
  const nodes = [...named]
    .sort((a, b) => order.get(a)! - order.get(b)!)
    .map((name) => {
      const { role, shape } = plan.tensors.get(name)!;
      return { name, role, shape, position: position.get(name) };
    });
  return { nodes, edges, updates: updates(plan, named), calls: steps.length };
}

/** The tensor that a call writes and that has the same storage as this one. */
function writerOf(plan: Plan, written: ReadonlyMap<string, number>, name: string): string | undefined {
  const tensor = plan.tensors.get(name)!;
  const place = storage(plan.tensors, name);
  return [...written.keys()].find((other) => {
    const there = storage(plan.tensors, other);
    return (
      there.root === place.root &&
      there.offset === place.offset &&
      size(plan.tensors.get(other)!) === size(tensor)
    );
  });
}

/** The update of one arena by another, as pairs of the tensors that are windows at the same offset of each. */
function updates(plan: Plan, named: ReadonlySet<string>): StepGraph["updates"] {
  const windows = (arena: string): Tensor[] =>
    [...plan.tensors.values()].filter((t) => t.view?.of === arena && named.has(t.name));
  return plan.calls.flatMap((c) =>
    formals(c, "updates").flatMap((changed) =>
      windows(changed).flatMap((parameter) =>
        formals(c, "reads")
          .flatMap(windows)
          .filter((gradient) => gradient.view?.offset === parameter.view?.offset)
          .map((gradient) => ({ parameter: parameter.name, gradient: gradient.name, math: c.op.math })),
      ),
    ),
  );
}
