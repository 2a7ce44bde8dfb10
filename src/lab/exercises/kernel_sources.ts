/** What stands in front of a learner's text, and this package's own kernels that a solved exercise shows. */
import { declarations } from "../../exercises/kernels/compile.ts";
import { referencePlan } from "../../exercises/kernels/plan.ts";
import type { KernelTask } from "../../exercises/kernels/types.ts";
import { registry } from "../../model/registry.ts";
import { kernelSource } from "../../plan/source.ts";
import { ANY_DEVICE, type Target } from "../../plan/target.ts";
import { DEFAULTS, sizesOf } from "../../train/config.ts";

/** Bindings and sizes as the text finds them, but for the numbers, which are others in each case. */
export function shownDeclarations(task: KernelTask): string {
  const [{ dims }] = task.cases([64, 1, 1]);
  const [, , ...lines] = declarations(task, dims).split("\n");
  return lines.join("\n").replace(/\bconst (\w+) = \d+u;/g, "const $1 = …u;");
}

/** One equation a line. */
export const mathLines = ({ computation }: KernelTask): readonly string[] =>
  computation.math.split(/, (?=\w+(?:\[\w+\])* = )/);

export interface FastPass {
  readonly pass: string;
  readonly wgsl: string;
}

/** The fast kernel of an exercise's operation at its sizes in the default network's step; undefined if the plain one is as good there. */
export function fastPasses(task: KernelTask, target: Target = ANY_DEVICE): readonly FastPass[] | undefined {
  const op = registry.find(({ name }) => name === task.op)!;
  for (const call of referencePlan(sizesOf(DEFAULTS, VOCABULARY)).calls) {
    const kernels = call.op.name === op.name ? op.fast?.(call.dims, target) : undefined;
    if (kernels)
      return kernels.map((kernel) => ({ pass: kernel.pass, wgsl: kernelSource(op, call.dims, kernel) }));
  }
  return undefined;
}

/** Characters of the bundled words. */
const VOCABULARY = 27;
