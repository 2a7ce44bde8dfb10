/** Fused operations as the smaller ones that they consist of. */
import type { Bindings, Computation, Parts } from "./contract.ts";
import { bindCall, type Computed, type Tensor } from "./plan.ts";

/** One of an operation's parts; a missing binding is a compile error. */
export const part = <B extends Bindings>(
  op: Computation<B>,
  args: { readonly [K in keyof B]: string },
): Parts["calls"][number] => ({ op, args });

/** The same with its parts in place of every operation that has some. What lies between them is called `op #position.name`. */
export function inParts(plan: Computed): Computed {
  const tensors = new Map(plan.tensors);
  const calls = plan.calls.flatMap((c, i): readonly Computed["calls"][number][] => {
    const parts = c.op.parts?.(c.dims);
    if (!parts) return [c];
    const name = (local: string) => c.args[local] ?? `${c.op.name} #${i + 1}.${local}`;
    for (const [local, { dims: symbols, type }] of Object.entries(parts.between)) {
      const shape = symbols.map((symbol) => c.dims[symbol]);
      const tensor: Tensor = { name: name(local), shape, symbols, type, role: "activation" };
      tensors.set(tensor.name, tensor);
    }
    return parts.calls.map(({ op, args }) => {
      const named = Object.entries(args).map(([formal, local]) => [formal, name(local)]);
      return bindCall(tensors, { op, args: Object.fromEntries(named) }, i + 1);
    });
  });
  return { tensors, calls };
}
