/** Kernels with a bug to find. */
import type { KernelTask } from "../types.ts";
import { batchnormForward, kernel as normalize } from "./batchnorm_forward.ts";
import { changed } from "./entry.ts";
import { linearForward, kernel as multiply } from "./linear_forward.ts";
import { sumBatch, tree } from "./reduce_sum_batch.ts";

/** Its right kernels are those of the exercise in which one writes it, and so are its mistakes. */
const repair = (
  of: KernelTask,
  { name, title, asked, stub, hints }: Pick<KernelTask, "name" | "title" | "asked" | "stub" | "hints">,
): KernelTask => ({ ...of, name, title, asked, stub, hints });

export const race = repair(sumBatch, {
  name: "repair.race",
  title: "Repair: a race",
  asked:
    "This kernel adds up each column of `x` in a tree, and some of its sums are wrong. Its invocations do not wait for one another: find where.",
  stub: changed(tree, [
    "  for (var half = 32u; half > 0u; half /= 2u) {\n    workgroupBarrier();\n",
    "  workgroupBarrier();\n  for (var half = 32u; half > 0u; half /= 2u) {\n",
  ]),
  hints: [
    {
      title: "who writes, and who reads",
      text: "List for each statement what it reads and writes in `partial`, and by which invocation it was written. `partial[index]` is the invocation's own; `partial[index + half]` is not.",
    },
    {
      title: "the first two rounds",
      text: "In the first round, half is 32: invocation 16 writes `partial[16]`. In the second, half is 16: invocation 0 reads `partial[16]`. What makes sure that the one comes before the other?",
    },
    {
      title: "what a barrier does",
      text: "`workgroupBarrier()` lets no invocation of a workgroup go on before all have arrived. It holds for what was written before it, once: what is written after it needs another one before others read it.",
    },
    { title: "the kernel", text: tree },
  ],
});

export const guard = repair(linearForward, {
  name: "repair.guard",
  title: "Repair: a missing guard",
  asked:
    "This kernel computes `x` · `w` + `b`, and is right for some sizes. For others it writes where it must not: find out who does, and where to.",
  stub: changed(multiply, ["  if (c >= O || r >= N) { return; }\n", ""]),
  hints: [
    {
      title: "how many invocations there are",
      text: "Workgroups are always full. With 8 × 8 invocations and O = 13 columns there are two workgroups side by side, so c runs from 0 to 15.",
    },
    {
      title: "where they write",
      text: "For c = 13 and r = 0, `y[r * O + c]` is `y[13]`, and that is the first element of row 1. Below the last row, the place is behind the end of `y`.",
    },
    {
      title: "the kernel with a hole",
      text: changed(multiply, ["c >= O || r >= N", "___"]),
    },
    { title: "the kernel", text: multiply },
  ],
});

export const bessel = repair(batchnormForward, {
  name: "repair.bessel",
  title: "Repair: a variance that is too small",
  asked:
    "This is BatchNorm's forward pass, and its columns come out a little too large, the more so the fewer rows there are. The network trains with it all the same. Find the reason.",
  stub: changed(normalize, ["f32(N - 1u)", "f32(N)"]),
  hints: [
    {
      title: "how large it is",
      text: "For N = 2, `invStd` is 1.414 times too large, and that is √2; for N = 5 it is 1.118 times, √(5/4).",
    },
    {
      title: "where to look",
      text: "The mean of `xHat` is 0, as it should be. So it is not the mean; it is what the squared distances from it are divided by.",
    },
    {
      title: "why",
      text: "The mean was made of the same rows, and so the rows are nearer to it than to the mean that more examples would have. Bessel's correction makes up for that, and the notebook has it.",
    },
    { title: "the kernel with a hole", text: changed(normalize, ["f32(N - 1u)", "___"]) },
    { title: "the kernel", text: normalize },
  ],
});
