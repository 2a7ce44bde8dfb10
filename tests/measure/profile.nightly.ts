/** Profiles whose kernels take long to compile, and times that need a machine to themselves. */
import { expect, it } from "vitest";
import { profileText } from "../../bench/report.ts";
import { PHASES } from "../../shaders/single/layout.ts";
import type { GpuExecutable } from "../../src/gpu/executable.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { RepeatedStep } from "../../src/measure/minibatch.ts";
import { byPhase, ONCE } from "../../src/measure/phases.ts";
import { type Profile, profileStep } from "../../src/measure/profile.ts";
import { inTurns, median } from "../../src/measure/sampling.ts";
import { hostClock } from "../../src/measure/stopwatch.ts";
import { TITLES } from "../../src/model/single/phases.ts";
import { phasedPlan, singlePlan } from "../../src/model/single/plan.ts";
import { defineOp, read, update } from "../../src/plan/contract.ts";
import { bindPlan, type Plan } from "../../src/plan/plan.ts";
import { sizesOf, type TrainConfig } from "../../src/train/config.ts";
import { updateRuleOf } from "../../src/train/optimizer.ts";
import { arenasOf, uploadWeights } from "../../src/train/parameters.ts";
import { describeOnGpu } from "../support/device.ts";
import { dataset, tinyConfig } from "../train/data.ts";
import { effort, expectPlan, expectWhole, planOf, roof, sum } from "./profiles.ts";

describeOnGpu("a profile", ({ device, kind }) => {
  const opened = { device, kind };
  const profile = (config: TrainConfig): Promise<Profile> =>
    profileStep({ opened, config, dataset, roof, effort });

  it.each(["chunked", "fused"] as const)(
    "of the %s step has the plan's dispatches in order",
    async (path) => {
      const config = tinyConfig({ path, momentum: 0.9 });
      const p = await profile(config);
      expect(["timestamps", "prefixes"]).toContain(p.method);
      expectPlan(p, planOf(config, path));
    },
  );

  it("of the single step has its phases", async () => {
    const config = tinyConfig();
    const p = await profile(config);
    expect(p).toMatchObject({ path: "single", method: "phases" });
    expect(p.profile.map((r) => r.op)).toEqual(PHASES.map((name) => TITLES[name]));
    expectWhole(p, planOf(config, "single"));
    expect(profileText(p)).toMatch(/phase .* makes/);
  });

  it("of dispatches adds up to the step", { retry: 2 }, async () => {
    const config = tinyConfig({ path: "fused", hidden: 64, batch: 32 });
    const p = await profileStep({
      opened,
      config,
      dataset,
      roof,
      effort: { samples: 7, sampleMs: 20, budgetMs: 10_000 },
    });
    expect(p.sumUs / p.passUs).toBeGreaterThan(0.6);
    expect(p.sumUs / p.passUs).toBeLessThan(1.4);
  });

  it.each([
    [{}],
    [{ momentum: 0.9, hidden: 40, batch: 70 }],
    [{ optimizer: "adamw", hidden: 53, batch: 19 }],
  ] as const)("of phases is of a text with the step's bits: %j", async (o) => {
    const config = tinyConfig(o);
    const sizes = sizesOf(config, dataset.vocabulary.size);
    const rule = updateRuleOf(config);
    const step = new RepeatedStep(config, sizes, dataset.train);
    const machine = gpuMachine(device, "", kind);
    const left = async (plan: Plan, tail?: readonly number[]) => {
      const executable = await machine.compile(plan);
      uploadWeights(executable, step.state);
      const outputs = await executable.run(1, (inputs) => step.fillToCheck(inputs, tail), arenasOf(rule));
      executable.close();
      return outputs;
    };
    expect(await left(phasedPlan(sizes, rule), ONCE)).toEqual(await left(singlePlan(sizes, rule)));
  });

  /** A kernel whose every phase is a loop of so many turns. */
  const knownPhases = (turns: Readonly<Partial<Record<(typeof PHASES)[number], number>>>): Plan => {
    const loops = PHASES.map(
      (name, i) => `for (var run = 0u; run < u32(coefficients[${i}]); run++) {
for (var i = 0u; i < ${turns[name] ?? 0}u * one; i++) { x = fma(x, 0.999, y); }
}`,
    );
    const op = defineOp({
      name: "phases.known",
      math: "as long as it was told to take",
      bindings: { coefficients: read("L"), y: update("O") },
      plain: () => [
        {
          pass: "",
          code: `@compute @workgroup_size(1) fn main(@builtin(num_workgroups) grid: vec3u) {
let one = grid.z;
var x = y[0];
let y = y[1];
${loops.join("\n")}
stored(x);
}
fn stored(x: f32) { y[0] = x; }`,
          grid: [1, 1, 1],
          invocations: 1,
        },
      ],
      twin: () => {},
      cases: [{ L: PHASES.length, O: 2 }],
      tolerance: { rtol: 0, atol: 0 },
      flops: () => 0,
    });
    const tensor = (name: string, n: number, symbol: string, role: "input" | "state") =>
      ({ name, shape: [n], symbols: [symbol], type: "f32", role }) as const;
    return bindPlan(
      "known",
      [tensor("coefficients", PHASES.length, "L", "input"), tensor("y", 2, "O", "state")],
      [{ op, args: { coefficients: "coefficients", y: "y" }, sizes: { S: 1 } }],
    );
  };

  it("of phases finds those of a kernel that is known", { retry: 2 }, async () => {
    const plan = knownPhases({ first: 20_000, second: 60_000, loss: 20_000 });
    const executable = (await gpuMachine(device, "", kind).compile(plan)) as GpuExecutable;
    const fill: RepeatedStep["fill"] = (inputs, counts = []) => void inputs.coefficients.set(counts);
    const timed = await byPhase(executable, { fill }, hostClock, { ...effort, sampleMs: 5 });
    const times = await inTurns(timed.samples, { samples: 5, budgetMs: 2000 });
    const us = timed.us(times);
    const of = (name: (typeof PHASES)[number]) => us[PHASES.indexOf(name)];
    for (const name of ["first", "loss"] as const) {
      expect(of("second") / of(name)).toBeGreaterThan(2);
      expect(of("second") / of(name)).toBeLessThan(4.5);
    }
    // They are all there is.
    expect(sum(us) / median(times[0])).toBeGreaterThan(0.7);
    expect(sum(us) / median(times[0])).toBeLessThan(1.3);
    expect(of("norm") / sum(us)).toBeLessThan(0.1);
    executable.close();
  });
});
