/**
 * Compares what a learner's kernel has computed in a training step with what is right for the inputs that it had there. The exercises' cases
 * have inputs of about 1, and an absolute tolerance for them; in a network, all of a gradient may be smaller than that. So what decides is
 * what `check` decides by: whether rounding explains the difference.
 */
import { runTwin } from "../../gpu/selftest.ts";
import { isParameter, type Parameters } from "../../model/tensors.ts";
import { compareValues } from "../../plan/compare.ts";
import { type AnyArray, type Computation, read, write } from "../../plan/contract.ts";
import { type BoundCall, size, storage, type Tensor } from "../../plan/plan.ts";
import { type Expectation, expectations, judgeRounding } from "../../plan/rounding.ts";
import type { Learner } from "./learner.ts";
import { toleranceOf } from "./seen.ts";

export interface Difference {
  /** From 0. */
  readonly step: number;
  readonly tensor: string;
  /** The element that is furthest off; `got` is null if it is not finite. */
  readonly index: number;
  readonly got: number | null;
  readonly want: number;
}

type Found = Omit<Difference, "step">;
type Values = Readonly<Record<string, AnyArray>>;

/**
 * A result is rounded when it is stored, by at most 2⁻²⁴ of it, and one such rounding is 2⁻²⁴/√3 in root mean square. 64 of those are allowed
 * everywhere, which is more than 2⁻¹⁹; so a tensor that is as close as this is right, and its rounding need not be sampled.
 */
const CLOSE = { rtol: 2 ** -20, atol: 0 };

export class Witness {
  readonly #learner: Learner;
  /** Tensors that a step leaves as they were when the kernel read or wrote them. */
  readonly #left: readonly string[];
  /** The parameters before the step: they change at its end, and the kernel read them as they were. */
  #before: Float32Array;

  constructor(learner: Learner, start: Parameters) {
    this.#learner = learner;
    const { tensors } = learner.executable.plan;
    const named = new Set(learner.calls.flatMap(({ args }) => Object.values(args)));
    this.#left = [...named].filter((name) => storage(tensors, name).root.name !== PARAMETERS);
    this.#before = new Float32Array(size(tensors.get(PARAMETERS)!));
    for (const name of tensors.keys())
      if (isParameter(name)) this.#before.set(start[name], storage(tensors, name).offset);
  }

  /**
   * The first tensor of the step, in the plan's order, that is wrong for its inputs; undefined if there is none.
   * @param parameters as the step left them
   */
  async compare(parameters: Float32Array): Promise<Found | undefined> {
    const { executable, calls } = this.#learner;
    const left = await executable.download(this.#left);
    const before = this.#before;
    this.#before = parameters;
    const inStep = (tensor: string, all: Float32Array): AnyArray => left[tensor] ?? this.#window(tensor, all);
    for (const call of calls) {
      const bindings = Object.entries(call.op.bindings);
      const named = (some: typeof bindings, all: Float32Array): Values =>
        Object.fromEntries(some.map(([formal]) => [formal, inStep(call.args[formal], all)]));
      const inputs = named(
        bindings.filter(([, { access }]) => access !== "write"),
        before,
      );
      const outputs = named(
        bindings.filter(([, { access }]) => access !== "read"),
        parameters,
      );
      const found = this.#judge(call, inputs, outputs);
      if (found) return found;
    }
    return undefined;
  }

  #judge({ op, dims, args }: BoundCall, inputs: Values, outputs: Values): Found | undefined {
    const { inTraining } = this.#learner.kernel.task;
    const want = runTwin(op, dims, inputs);
    let expected: ReadonlyMap<string, Expectation> | undefined;
    for (const [formal, got] of Object.entries(outputs)) {
      const tolerance = toleranceOf({ values: got }, inTraining ?? CLOSE);
      const { approximate, worst } = compareValues(got, want[formal], tolerance);
      if (approximate) continue;
      let off: Omit<Found, "tensor"> = worst;
      if (got instanceof Float32Array && !inTraining) {
        expected ??= expectations(alone({ op, dims, args }), given(op, inputs), Object.keys(outputs));
        const { within, worst } = judgeRounding(got, expected.get(formal)!);
        if (within !== false) continue;
        off = worst;
      }
      const { index } = off;
      return {
        tensor: args[formal],
        index,
        got: Number.isFinite(got[index]) ? got[index] : null,
        want: want[formal][index],
      };
    }
    return undefined;
  }

  #window(tensor: string, all: Float32Array): Float32Array {
    const { tensors } = this.#learner.executable.plan;
    const { offset } = storage(tensors, tensor);
    return all.subarray(offset, offset + size(tensors.get(tensor)!));
  }
}

const PARAMETERS = "parameters";

/** What a binding that is updated held before, as a binding of its own. */
const previous = (formal: string): string => `${formal} before`;

const updated = (op: Computation): string[] =>
  Object.keys(op.bindings).filter((formal) => op.bindings[formal].access === "update");

/** A call by itself, on tensors that are called as its bindings are, none of which is changed in place: so it can run again. */
function alone({ op, dims }: BoundCall) {
  const changed = updated(op);
  const bindings = {
    ...op.bindings,
    ...Object.fromEntries(changed.map((formal) => [formal, write(op.bindings[formal].dims.join())])),
    ...Object.fromEntries(changed.map((formal) => [previous(formal), read(op.bindings[formal].dims.join())])),
  };
  const twin: Computation["twin"] = (t, d) => {
    for (const formal of changed) (t[formal] as Float64Array).set(t[previous(formal)]);
    op.twin(t, d);
  };
  const tensors = Object.entries(bindings).map(
    ([name, b]): Tensor => ({
      name,
      shape: b.dims.map((symbol) => dims[symbol]),
      symbols: b.dims,
      type: b.type,
      role: "activation",
    }),
  );
  const args = Object.fromEntries(Object.keys(bindings).map((name) => [name, name]));
  return {
    tensors: new Map(tensors.map((t) => [t.name, t])),
    calls: [{ op: { ...op, bindings, twin }, dims, args }],
  };
}

const given = (op: Computation, inputs: Values): Values => ({
  ...inputs,
  ...Object.fromEntries(updated(op).map((formal) => [previous(formal), inputs[formal]])),
});
