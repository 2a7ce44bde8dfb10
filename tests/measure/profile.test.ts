/** The profile of a step: its rows are the plan's, what is wrong is not timed, and repeating changes nothing. The figures are nobody's promise. */
import { expect, it } from "vitest";
import { profileText } from "../../bench/report.ts";
import { PHASES } from "../../shaders/single/layout.ts";
import type { GpuExecutable } from "../../src/gpu/executable.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { boundBy, roofShare } from "../../src/measure/bound.ts";
import { RepeatedStep } from "../../src/measure/minibatch.ts";
import { type Profile, profileStep } from "../../src/measure/profile.ts";
import { whyWrong } from "../../src/measure/right.ts";
import { phasedPlan, singlePlan } from "../../src/model/single/plan.ts";
import { sgd } from "../../src/ops/index.ts";
import { type Bindings, defineOp, kernelsOf } from "../../src/plan/contract.ts";
import { type Plan, size } from "../../src/plan/plan.ts";
import { kernelSource } from "../../src/plan/source.ts";
import { sizesOf, type TrainConfig } from "../../src/train/config.ts";
import { updateRuleOf } from "../../src/train/optimizer.ts";
import { uploadWeights, weightArrays, weightsOf } from "../../src/train/parameters.ts";
import { describeOnGpu } from "../support/device.ts";
import { dataset, tinyConfig } from "../train/data.ts";
import { effort, expectPlan, planOf, roof } from "./profiles.ts";

it("says what bounds a dispatch", () => {
  const work = { flops: 40_000, bytes: 10_000 };
  expect(boundBy(19, 10, work, roof)).toBe("dispatch");
  expect(boundBy(20, 10, work, roof)).toBe("flops");
  expect(boundBy(20, 10, { ...work, bytes: 30_000 }, roof)).toBe("bytes");
  expect(boundBy(20, 1, { flops: 0, bytes: 0 }, roof)).toBe("dispatch");
  expect(roofShare(20, work, roof)).toBeCloseTo(0.1);
});

it("runs each phase of the whole step as often as it is told to, and in training once", () => {
  const sizes = { vocabulary: 10, context: 3, embedding: 3, hidden: 11, batch: 7 };
  for (const [rule, lanes] of [
    ["sgd", 1],
    ["adamw", 4],
  ] as const) {
    const text = (plan: Plan) => {
      const [{ op, dims }] = plan.calls;
      const [kernel] = kernelsOf(op, dims, { rung: "fast", target: { lanes, workgroupBytes: 16384 } });
      return kernelSource(op, dims, kernel);
    };
    const [training, phased] = [singlePlan(sizes, rule), phasedPlan(sizes, rule)];
    const loop = /for \(var run = 0u; run < u32\(coefficients\[(\d+)\]\); run\+\+\)/g;
    const counts = new Set([...text(phased).matchAll(loop)].map(([, at]) => Number(at)));
    const behind = size(training.tensors.get("coefficients")!);
    expect([...counts].sort((a, b) => a - b)).toEqual(PHASES.map((_, i) => behind + i));
    expect(text(training)).not.toMatch(/\brun\b/);
  }
});

describeOnGpu("a profile", ({ device, kind }) => {
  const opened = { device, kind };
  const profile = (config: TrainConfig, timestamps = true): Promise<Profile> =>
    profileStep({ opened, config, dataset, roof, effort, timestamps });

  it("has the plan's dispatches in order, without timestamps too", async () => {
    const config = tinyConfig({ path: "fused", optimizer: "adamw" });
    const p = await profile(config, false);
    expect(p).toMatchObject({ path: "fused", hidden: 11, batch: 7, optimizer: "adamw", method: "prefixes" });
    expectPlan(p, planOf(config, "fused"));
    const text = profileText(p);
    for (const r of p.profile) expect(text).toContain(r.op);
    expect(text).toMatch(/The sum is .* µs\. A step among others in one pass takes .* between dispatches/);
  });

  it("does not time a step that is wrong", async () => {
    const { fast } = sgd.step;
    const wrong: typeof fast = (d, target) =>
      fast!(d, target)!.map((k) => ({
        ...k,
        code: k.code.replace(/-= *lr|- lr|-lr/, (text) => text.replace("-", "+")),
      }));
    expect(wrong({ P: 640 }, { lanes: 1, workgroupBytes: 16384 })![0].code).not.toBe(
      fast!({ P: 640 }, { lanes: 1, workgroupBytes: 16384 })![0].code,
    );
    Object.assign(sgd.step, { fast: wrong });
    try {
      await expect(profile(tinyConfig({ path: "fused" }))).rejects.toThrow(
        /^the fused step is wrong and was not timed: sgd\.step #\d+: parameters\[\d+\] is /,
      );
    } finally {
      Object.assign(sgd.step, { fast });
    }
  });

  it("ends when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("no longer wanted"));
    const o = { opened, config: tinyConfig({ path: "fused" }), dataset, roof, effort, signal };
    await expect(profileStep(o)).rejects.toThrow("no longer wanted");
  });

  it("names the operation that is wrong", async () => {
    const plan = planOf(tinyConfig(), "fused");
    const at = plan.calls.findIndex((c) => c.op.name === "embedding.backward");
    const { op } = plan.calls[at];
    const kernels = op.plain!(plan.calls[at].dims);
    const spoilt = kernels.map((k) => ({
      ...k,
      code: k.code.replace("= sum;", "= 1.001 * sum;"),
    }));
    const bent = defineOp<Bindings>({ ...op, plain: () => spoilt, fast: undefined });
    const calls = plan.calls.map((c, i) => (i === at ? { ...c, op: bent } : c));
    const executable = await gpuMachine(device, "", kind).compile({ ...plan, calls });
    const step = new RepeatedStep(
      tinyConfig(),
      sizesOf(tinyConfig(), dataset.vocabulary.size),
      dataset.train,
    );
    uploadWeights(executable, step.state);
    const why = await whyWrong(executable, (inputs) => step.fillToCheck(inputs));
    expect(why).toMatch(new RegExp(`^embedding\\.backward #${at + 1}: dC\\[\\d+\\] is `));
    executable.close();
  });

  it.each([{}, { momentum: 0.9 }, { optimizer: "adamw" }] as const)(
    "leaves the weights where they are: %j",
    async (o) => {
      const config = tinyConfig(o);
      const sizes = sizesOf(config, dataset.vocabulary.size);
      const rule = updateRuleOf(config);
      const executable = (await gpuMachine(device, "", kind).compile(
        planOf(config, "fused"),
      )) as GpuExecutable;
      const step = new RepeatedStep(config, sizes, dataset.train);
      uploadWeights(executable, step.state);
      await executable.run(1, (inputs) => step.fill(inputs));
      const n = executable.dispatches;
      await executable.section(n - 1, n).run(3000);
      const { parameters } = weightsOf(
        sizes,
        rule,
        await executable.download(["parameters", ...Object.keys(step.state.optimizer)]),
      );
      for (const [name, values] of weightArrays({ parameters, optimizer: {} })) {
        const before = step.state.parameters[name as keyof typeof parameters];
        for (const [i, x] of values.entries()) expect(Math.abs(x - before[i])).toBeLessThan(1e-6);
      }
      executable.close();
    },
  );
});
