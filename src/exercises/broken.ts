/**
 * Mistakes of the catalogue that can be put into a training step, to see what they do. A wrong kernel takes the place of its operation's own; a
 * wrong line that another operation computes, or the same one from other tensors, takes the place of its line's call. Both have a twin, so the
 * CPU makes the same mistake.
 */
import { op } from "../model/line.ts";
import { NOTEBOOK } from "../model/notebook.ts";
import type { Path } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import { batchnorm, elementwise as ew, linear, reduce, tanh } from "../ops/index.ts";
import { type AnyArray, type Dims, elements, type Op } from "../plan/contract.ts";
import type { Machine } from "../plan/machine.ts";
import { bindPlan, type Call, type Plan, type Tensor } from "../plan/plan.ts";
import { TASKS } from "./catalogue.ts";
import { KERNEL_TASKS } from "./kernels/catalogue.ts";
import { referencePlan } from "./kernels/plan.ts";
import { requireKernel } from "./kernels/refused.ts";
import { scan } from "./kernels/scan.ts";
import type { KernelMistake, KernelTask } from "./kernels/types.ts";
import { invocationsOf } from "./kernels/workgroup_size.ts";
import type { CaseSizes } from "./types.ts";

/** Wrong lines, each with the call that computes it in the chunked step. */
const LINES: Readonly<Record<string, Call>> = {
  "dcounts.product-only": op(ew.multiplyColumn, { x: "dprobs", k: "counts_sum_inv", y: "dcounts" }),
  "db2.mean": op(reduce.meanBatch, { x: "dlogits", y: "db2" }),
  "dW2.input": op(linear.backwardWeight, { x: "hpreact", dy: "dlogits", dw: "dW2" }),
  "dbnraw.own-factor": op(ew.multiply, { x: "bnraw", w: "dhpreact", y: "dbnraw" }),
  "dbndiff.product-only": op(ew.multiplyRow, { x: "dbnraw", r: "bnvar_inv", y: "dbndiff" }),
};

/** Wrong kernels, and the step that has their operation: the chunked one, where it does, as it shows the most. */
const KERNELS: Readonly<Record<string, Path>> = {
  "tanh.backward.sign": "chunked",
  "tanh.backward.no-slope": "chunked",
  "linear.backward_weight.last-example": "chunked",
  "embedding.backward.last-position": "chunked",
  "cross_entropy.fused.sign": "fused",
  "cross_entropy.fused.no-label": "fused",
  "batchnorm.backward.constants": "fused",
};

/** Operations that the fused step does in one with others, as calls of their own: a mistake in one of them can take its place there. */
const SEPARATE: Readonly<Record<string, readonly Call[]>> = {
  "batchnorm_tanh.backward": [
    op(reduce.meanBatch, { x: "hprebn", y: "bnmeani" }),
    op(ew.subtractRow, { x: "hprebn", r: "bnmeani", y: "bndiff" }),
    op(ew.multiplyRow, { x: "bndiff", r: "bnvar_inv", y: "bnraw" }),
    op(tanh.backward, { y: "h", dy: "dh", dx: "dhpreact" }),
    op(batchnorm.backward, {
      dy: "dhpreact",
      xHat: "bnraw",
      gain: "bngain",
      invStd: "bnvar_inv",
      dx: "dhprebn",
      dgain: "dbngain",
      dbias: "dbnbias",
    }),
  ],
};

/** What can be broken, from the loss backward. */
export const BREAKABLE: readonly string[] = [
  "cross_entropy.fused.sign",
  "cross_entropy.fused.no-label",
  "dcounts.product-only",
  "dW2.input",
  "db2.mean",
  "tanh.backward.sign",
  "tanh.backward.no-slope",
  "dbnraw.own-factor",
  "dbndiff.product-only",
  "batchnorm.backward.constants",
  "linear.backward_weight.last-example",
  "embedding.backward.last-position",
];

/** A mistake, for people. */
export interface Breaking {
  readonly id: string;
  /** The level of fusion at which it trains, and at which a board shows it. */
  readonly path: Path;
  /** What the exercises say to whoever makes it. */
  readonly says: string;
  /** The lines that are wrong, and those that are right. */
  readonly wrong: string;
  readonly right: string;
}

/** How each mistake reads in a network of these sizes. */
export const breakings = (s: Sizes): Breaking[] => BREAKABLE.map((id) => breaking(id, s));

function breaking(id: string, s: Sizes): Breaking {
  const path = pathOf(id);
  const [task, mistake] = kernelOf(id) ?? [];
  if (task && mistake) {
    const { dims } = referencePlan(s).calls.find((c) => c.op.name === task.op)!;
    const right = task.hints.at(-1)!.text;
    const [wrong, own] = [
      [mistake.text, right],
      [right, mistake.text],
    ].map(([text, other]) => linesOnlyIn(text, other));
    return { id, path, says: mistake.says(dims), wrong, right: own };
  }
  const { line, says } = TASKS.flatMap((t) => t.mistakes).find((m) => m.id === id)!;
  const sizes: CaseSizes = {
    n: s.batch,
    vocab_size: s.vocabulary,
    n_embd: s.embedding,
    block_size: s.context,
    n_hidden: s.hidden,
  };
  return { id, path, says: says(sizes), wrong: line, right: NOTEBOOK[id.split(".")[0]].torch };
}

function linesOnlyIn(text: string, other: string): string {
  const lines = (of: string) => of.split("\n").map((line) => line.trim());
  const known = new Set(lines(other));
  return lines(text)
    .filter((line) => !known.has(line))
    .join("\n");
}

/** Whether this mistake is known: a file may name one of another version. */
export const canBreak = (id: string): boolean => BREAKABLE.includes(id);

/** The level of fusion of the step that a mistake is put into. */
export const pathOf = (id: string): Path => KERNELS[id] ?? "chunked";

function kernelOf(id: string): readonly [KernelTask, KernelMistake] | undefined {
  for (const task of KERNEL_TASKS)
    for (const mistake of task.mistakes)
      if (mistake.id === id && task.op === task.name) return [task, mistake];
  return undefined;
}

/** The same plan with the mistake in it; the plan itself where it has no place for it. */
export function brokenPlan(plan: Plan, id: string): Plan {
  const calls = plan.calls.flatMap((c) => brokenCalls(c, id) ?? [c]);
  if (calls.every((c, i) => c === plan.calls[i])) return plan;
  return bindPlan(plan.name, [...plan.tensors.values(), ...newTensors(plan, calls)], calls, plan);
}

/** What takes the place of a call; undefined if the mistake has no place in it. */
function brokenCalls(c: Call, id: string): readonly Call[] | undefined {
  const line = LINES[id];
  // A line makes one tensor, which its operation calls y, or dw.
  if (line) return madeBy(line) === madeBy(c) ? [line] : undefined;
  const [task, mistake] = kernelOf(id) ?? [];
  const calls = SEPARATE[c.op.name] ?? [c];
  if (!task || !mistake || calls.every(({ op }) => op.name !== task.op)) return undefined;
  return calls.map((one) => (one.op.name === task.op ? { ...one, op: wrongOp(one.op, task, mistake) } : one));
}

/** Tensors that a plan's new calls name and the plan has not. */
function newTensors({ tensors }: Plan, calls: readonly Call[]): Tensor[] {
  const named = new Set(calls.flatMap(({ args }) => Object.values(args)));
  const like: Readonly<Record<string, string>> = { bnmeani: "bnvar_inv", dhpreact: "dhprebn" };
  return [...named]
    .filter((name) => !tensors.has(name))
    .map((name) => ({ ...tensors.get(like[name] ?? "hprebn")!, name }));
}

const madeBy = ({ op, args }: Call): string =>
  args[Object.entries(op.bindings).find(([, { access }]) => access === "write")?.[0] ?? ""];

/** The operation with a wrong kernel for its first pass, and the wrong twin. */
function wrongOp(right: Op, { computation, grid }: KernelTask, { text, twin }: KernelMistake): Op {
  const size = requireKernel(scan(text));
  // What the exercise's dispatch leaves to the next pass is scratch here.
  const between = Object.entries(computation.bindings).filter(([name]) => !(name in right.bindings));
  return {
    ...right,
    parts: undefined,
    fast: undefined,
    plain: (d: Dims) => {
      const [first, ...rest] = right.plain!(d);
      return [
        {
          pass: first.pass,
          code: text,
          grid: grid.of(d, size),
          invocations: invocationsOf(size),
          scratch: first.scratch,
        },
        ...rest,
      ];
    },
    twin: (t, d) => {
      right.twin(t, d);
      const own = between.map(([name, b]): [string, AnyArray] => [name, new Float64Array(elements(b, d))]);
      twin({ ...t, ...Object.fromEntries(own) }, d, size);
    },
  };
}

/** A machine that puts the mistake into every step that it compiles. */
export const brokenMachine = (machine: Machine, id: string): Machine => ({
  get backend() {
    return machine.backend;
  },
  get kind() {
    return machine.kind;
  },
  get target() {
    return machine.target;
  },
  get name() {
    return machine.name;
  },
  compile: (plan) => machine.compile(brokenPlan(plan, id)),
  survive: (work) => machine.survive(work),
  close: () => machine.close(),
});
