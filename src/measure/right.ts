/** A step on a device against the CPU: what is wrong is not timed. */
import { runTwin } from "../gpu/selftest.ts";
import { compareValues } from "../plan/compare.ts";
import type { AnyArray } from "../plan/contract.ts";
import type { Executable, StepInputs } from "../plan/executable.ts";
import { type BoundCall, type Plan, storage } from "../plan/plan.ts";
import { judgeOperation } from "../train/bisect.ts";

type Values = Readonly<Record<string, AnyArray>>;

/**
 * Runs a step once and compares every operation with its CPU twin on the very inputs it had: by the verdict of `check`, and what updates
 * something, by its own tolerance.
 * @param fill the step's inputs
 * @returns the first operation that is wrong, in a line
 */
export async function whyWrong(
  executable: Executable,
  fill: (inputs: StepInputs) => void,
  onFraction: (fraction: number) => void = () => {},
): Promise<string | undefined> {
  const { plan } = executable;
  const updated = new Set(plan.calls.flatMap((c) => written(c, "update").map((name) => root(plan, name))));
  const stored = [...plan.tensors.values()].filter((t) => t.role !== "input" && t.role !== "output");
  const names = stored.map((t) => t.name);
  const before = await executable.download(names.filter((name) => updated.has(root(plan, name))));
  const inputs: Record<string, AnyArray> = {};
  const outputs = await executable.run(1, (given) => {
    fill(given);
    for (const [name, values] of Object.entries(given)) inputs[name] = values.slice();
  });
  const after = { ...(await executable.download(names)), ...inputs, ...outputs };
  for (const [i, c] of plan.calls.entries()) {
    const updates = written(c, "update").length > 0;
    const wrong = updates ? judgeUpdate(c, before, after) : judgeCall(plan, i, { ...after, ...before });
    if (wrong !== undefined) return `${c.op.name} #${i + 1}: ${wrong}`;
    onFraction((i + 1) / plan.calls.length);
  }
  return undefined;
}

/** The tensors that a call writes with an access. */
const written = ({ op, args }: BoundCall, access: "write" | "update"): string[] =>
  Object.entries(op.bindings)
    .filter(([, b]) => b.access === access)
    .map(([formal]) => args[formal]);

const root = ({ tensors }: Plan, name: string): string => storage(tensors, name).root.name;

function judgeCall(plan: Plan, call: number, values: Values): string | undefined {
  const { within, tensor, index, got, want, roundings } = judgeOperation(plan, call, values);
  return within === false
    ? `${tensor}[${index}] is ${got}, the CPU has ${want} (${Math.round(roundings ?? 0)} roundings off)`
    : undefined;
}

function judgeUpdate({ op, args, dims }: BoundCall, before: Values, after: Values): string | undefined {
  const formals = Object.entries(op.bindings).filter(([, b]) => b.access !== "write");
  const given = formals.map(([formal]) => [formal, before[args[formal]] ?? after[args[formal]]] as const);
  const want = runTwin(op, dims, Object.fromEntries(given));
  for (const [formal, b] of Object.entries(op.bindings)) {
    if (b.access === "read") continue;
    const { worst } = compareValues(after[args[formal]], want[formal], op.tolerance);
    if (worst.used > 1)
      return `${args[formal]}[${worst.index}] is ${worst.got}, the CPU has ${worst.want} (${worst.used.toPrecision(3)} × tolerance)`;
  }
  return undefined;
}
