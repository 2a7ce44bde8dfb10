/** Training with a learner's kernel: the step that it runs in, the first difference on its own inputs, and trainings that end. */
import { beforeAll, describe, expect, it } from "vitest";
import { cpuMachine } from "../../../src/cpu/machine.ts";
import { loadBundledWords } from "../../../src/data/bundled.ts";
import { buildDataset, type Split } from "../../../src/data/examples.ts";
import { KERNEL_TASKS } from "../../../src/exercises/kernels/catalogue.ts";
import { operationOf } from "../../../src/exercises/kernels/compile.ts";
import { kernelTask } from "../../../src/exercises/kernels/judge.ts";
import { planWith, referencePlan } from "../../../src/exercises/kernels/plan.ts";
import type { KernelReport } from "../../../src/exercises/kernels/report.ts";
import {
  type KernelLosses,
  trainKernelBeside,
  withKernelTraining,
} from "../../../src/exercises/kernels/train.ts";
import { gpuMachine } from "../../../src/gpu/machine.ts";
import { stepPlan } from "../../../src/model/plans.ts";
import type { Machine } from "../../../src/plan/machine.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { TorchGenerator } from "../../../src/random/torch.ts";
import { sizesOf, trainConfig } from "../../../src/train/config.ts";
import { uploadParameters } from "../../../src/train/parameters.ts";
import { initialState } from "../../../src/train/state.ts";
import { describeOnGpu, openTestDevice } from "../../support/device.ts";

const config = trainConfig();
let examples: { train: Split; vocabulary: number };
beforeAll(async () => {
  const { train, vocabulary } = buildDataset(await loadBundledWords(), { context: config.context });
  examples = { train, vocabulary: vocabulary.size };
});

const written = KERNEL_TASKS.filter(({ name }) => !name.startsWith("repair."));

/** Minibatches as a training draws them. */
function minibatches(steps: number): { Xb: Uint32Array; Yb: Uint32Array }[] {
  const generator = TorchGenerator.fromState(initialState(config, examples.vocabulary).generator);
  return Array.from({ length: steps }, () => {
    const Xb = new Uint32Array(config.batch * config.context);
    const Yb = new Uint32Array(config.batch);
    examples.train.gather(generator.randint(examples.train.length, config.batch), Xb, Yb);
    return { Xb, Yb };
  });
}

/** Losses and parameters of a plan in the twins' float64. */
async function onCpu(plan: Plan, steps: number) {
  const executable = await cpuMachine("float64").compile(plan);
  uploadParameters(executable, initialState(config, examples.vocabulary).parameters);
  const batches = minibatches(steps);
  const { loss, parameters } = await executable.run(
    steps,
    (inputs, i) => {
      inputs.Xb.set(batches[i].Xb);
      inputs.Yb.set(batches[i].Yb);
      inputs.coefficients[0] = config.lr;
    },
    ["parameters"],
  );
  executable.close();
  return { loss, parameters };
}

describe("the step that kernels train in", () => {
  const sizes = sizesOf(config, 27);

  it("computes what the fused step computes", async () => {
    expect(await onCpu(referencePlan(sizes), 3)).toEqual(await onCpu(stepPlan(sizes, "fused"), 3));
  });

  it.each(written.map(({ name, op }) => ({ name, op })))("has a place for $name", ({ op }) => {
    const plan = referencePlan(sizes);
    expect(plan.rung).toBe("plain");
    expect(plan.calls.map((c) => c.op.name)).toContain(op);
  });

  it("has the mean of the losses behind an exercise's pass over the rows", async () => {
    const task = kernelTask("cross_entropy.fused");
    const { loss, parameters } = await onCpu(planWith(sizes, task.op, operationOf(task)), 2);
    const reference = await onCpu(referencePlan(sizes), 2);
    // The rows' losses are added up in another order.
    for (const i of [0, 1]) expect(loss[i]).toBeCloseTo(reference.loss[i], 12);
    expect(parameters).toEqual(reference.parameters);
  });
});

describeOnGpu("training with a kernel", ({ device, name, kind }) => {
  const machine = gpuMachine(device, name, kind);
  const train = (text: string, op: string, steps: number, onStep?: (n: number, l: KernelLosses) => void) =>
    trainKernelBeside(text, { op, machine, steps, ...examples, onStep });

  it.each(written.map(({ name, spellings }) => ({ name, text: spellings[1] })))(
    "$name that is right shows no difference",
    async ({ name, text }) => {
      const steps: number[] = [];
      const trained = await train(text, name, 3, (done, { yours, right }) => {
        steps.push(done);
        expect(yours).toBeCloseTo(right, 4);
      });
      expect(trained).toMatchObject({ steps: 3, firstDifference: null, ended: null });
      expect(trained.losses.yours).toBeCloseTo(trained.losses.right, 4);
      expect(steps).toEqual([1, 2, 3]);
    },
  );

  it("sees n for n − 1, which the loss does not show", async () => {
    const task = kernelTask("batchnorm.backward");
    const mistake = task.mistakes.find(({ id }) => id.endsWith(".n-for-n-1"))!;
    const { firstDifference, losses } = await train(mistake.text, task.name, 2);
    expect(firstDifference).toMatchObject({ step: 0, tensor: "dhprebn" });
    expect(losses.yours).toBeCloseTo(losses.right, 3);
  });

  it("sees what is too small for the tolerance of the exercise's cases", async () => {
    const { name, spellings, cases } = kernelTask("batchnorm.backward");
    const wrong = spellings[1].replace(
      "invStd[h] / count;",
      "invStd[h] / count * select(1.0, 1.0001, H == 64u);",
    );
    const { firstDifference } = await train(wrong, name, 1);
    expect(firstDifference).toMatchObject({ step: 0, tensor: "dhprebn" });
    const { got, want } = firstDifference!;
    const { atol } = cases([64, 1, 1])[0].tolerance!;
    expect(Math.abs(got! - want)).toBeLessThan(atol);
  });

  it("names the tensor of whichever call is wrong", async () => {
    const [, text] = kernelTask("linear.forward").spellings;
    const wrong = text.replace(/\}\s*$/, "  if (O == V_CHARACTERS) { y[0] += 1e-3; }\n}");
    const { firstDifference } = await train(wrong.replace("V_CHARACTERS", "27u"), "linear.forward", 2);
    expect(firstDifference).toMatchObject({ step: 0, tensor: "logits", index: 0 });
  });

  it("names the step in which it shows first, whatever the network has become by then", async () => {
    const batches = minibatches(12);
    const firstStepWith = (token: number) => batches.findIndex(({ Xb }) => Xb.includes(token));
    const token = Array.from({ length: 27 }, (_, i) => i).find((i) => firstStepWith(i) > 2)!;
    const [, text] = kernelTask("embedding.gather").spellings;
    const wrong = text.replace(/table\[([^;]*)\];/, `select(1.0, 0.5, POSITION == ${token}u) * table[$1];`);
    const position = /tokens\[[^\]]*\]/.exec(text)![0];
    const { firstDifference } = await train(wrong.replace("POSITION", position), "embedding.gather", 12);
    expect(firstDifference).toMatchObject({ step: firstStepWith(token), tensor: "emb" });
  });

  it("ends one whose loop does not end at these sizes, with its line", async () => {
    const [, text] = kernelTask("batchnorm.backward").spellings;
    const lines = text.split("\n");
    const line = lines.findIndex((each) => each.includes("for (var n"));
    lines[line] = lines[line].replace("n < N; n++", "n < N; n += u32(N != 32u || H != 64u)");
    const losses: KernelLosses[] = [];
    const trained = await train(lines.join("\n"), "batchnorm.backward", 3, (_, l) => losses.push(l));
    expect(trained.ended).toEqual({
      step: 0,
      why: "endless",
      message: `line ${line + 1}: this loop does not end in the training`,
    });
    expect(losses.map(({ yours }) => Number.isFinite(yours))).toEqual([false, false, false]);
    expect(losses.every(({ right }) => Number.isFinite(right))).toBe(true);
  });

  it("ends one that makes the loss no number", async () => {
    const [, text] = kernelTask("tanh.backward").spellings;
    const wrong = text.replace(/dx\[(\w+)\] = /, "dx[$1] = sqrt(-1.0 - y[$1] * y[$1]) + ");
    const trained = await train(wrong, "tanh.backward", 3);
    expect(trained.firstDifference).toMatchObject({ step: 0, tensor: "dhpreact", got: null });
    expect(trained.ended).toMatchObject({ step: 1, why: "diverged" });
  });

  it("ends one whose device is lost", async () => {
    const other = await openTestDevice();
    const [, text] = kernelTask("tanh.backward").spellings;
    const trained = await trainKernelBeside(text, {
      op: "tanh.backward",
      machine: gpuMachine(other.device, other.name, other.kind),
      steps: 3,
      ...examples,
      onStep: () => other.close(),
    });
    expect(trained.ended).toMatchObject({ step: 1, why: "lost" });
  });

  it("has the right arrayLength", async () => {
    const text = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&p)) { return; }
  p[id.x] -= coefficients[0] * g[id.x] * f32(arrayLength(&p)) / f32(P);
}`;
    expect(await train(text, "sgd.step", 2)).toMatchObject({ firstDifference: null, ended: null });
  });

  it.each([
    [
      "does not compile",
      "@compute @workgroup_size(64)\nfn main() { x = 1; }",
      /^line 2: unresolved value 'x'$/,
    ],
    ["has no main", "fn f() {}", /^there is no function `main`/],
  ])("refuses in one line a text that %s", async (_, text, message) => {
    await expect(train(text, "sgd.step", 1)).rejects.toThrow(message);
  });
});

it("needs a device, and an exercise that there is", async () => {
  const options = { machine: cpuMachine() as Machine, steps: 1, ...examples };
  await expect(trainKernelBeside("", { ...options, op: "sgd.step" })).rejects.toThrow(/open a WebGPU device/);
  await expect(trainKernelBeside("", { ...options, op: "sgd" })).rejects.toThrow(/use one of sgd\.step, /);
});

describe("the report", () => {
  const report: KernelReport = {
    kind: "kernel",
    op: "sgd.step",
    ok: true,
    verdict: "right",
    cases: [],
    mistake: null,
    message: null,
  };
  const trained = { steps: 5, firstDifference: null, losses: { yours: 2, right: 2 }, ended: null };
  const difference = { step: 2, tensor: "logits", index: 0, got: 1, want: 2 };

  it("is ok only if the training shows nothing", () => {
    expect(withKernelTraining(report, trained)).toEqual({
      ...report,
      training: { steps: 5, firstDifference: null },
    });
    expect(withKernelTraining(report, { ...trained, firstDifference: difference })).toEqual({
      ...report,
      ok: false,
      training: { steps: 5, firstDifference: { step: 2, tensor: "logits" } },
    });
    expect(withKernelTraining({ ...report, ok: false, verdict: "wrong" }, trained).ok).toBe(false);
  });

  it("is endless if a loop did not end there", () => {
    const ended = { step: 0, why: "endless", message: "line 3: this loop does not end" } as const;
    expect(withKernelTraining(report, { ...trained, ended })).toMatchObject({
      ok: false,
      verdict: "endless",
      message: ended.message,
    });
  });
});
