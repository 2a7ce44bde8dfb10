/** The plans on the GPU against the CPU reference in float64, against each other, and against PyTorch. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { PATHS, type Path } from "../../src/model/plans.ts";
import { CMP, PARAMETERS } from "../../src/model/tensors.ts";
import { type Evaluation, runEvaluation } from "../model/evaluation.ts";
import { runStep, runTrajectory } from "../model/steps.ts";
import { type Comparison, compareTensors, explain, normwise } from "../oracle/compare.ts";
import { readStepFixture } from "../oracle/fixtures.ts";
import { describeOnGpu } from "../support/device.ts";
import { FIXTURES, SHARES } from "../support/shares.ts";

type Data = Record<string, { data: ArrayLike<number> }>;
const asData = (tensors: Record<string, ArrayLike<number>>): Data =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, { data }]));

describeOnGpu("plans", ({ device, name: adapter }) => {
  const gpu = gpuMachine(device, adapter);
  const table: string[] = [];
  afterAll(() => console.log(`worst share of the tolerance, by plan, on ${adapter}\n${table.join("\n")}`));

  /** Compares every tensor that both sides have, or only these, and records the worst. */
  function expectClose(title: string, got: Data, want: Data, share: number, names = Object.keys(want)): void {
    const comparisons = names
      .filter((tensor) => tensor in got)
      .map((tensor) =>
        compareTensors(tensor, got[tensor].data, want[tensor].data, normwise(tensor, want, share)),
      );
    expect(comparisons.filter((c) => !c.ok).map(explain)).toEqual([]);
    const worst = comparisons.reduce((a: Comparison, b) => (b.used > a.used ? b : a));
    table.push(`${title}: ${explain(worst)}`);
  }

  describe.each(FIXTURES)("one step of %s", (name) => {
    const fixture = readStepFixture(name);
    const share = SHARES[name];
    const steps = {} as Record<Path, Data>;
    beforeAll(async () => {
      for (const path of PATHS) steps[path] = asData(await runStep(gpu, fixture, path));
    });

    it.each(PATHS)("%s against the CPU reference in float64", async (path) => {
      const want = asData(await runStep(cpuMachine("float64"), fixture, path));
      if (path === "chunked")
        expect(Object.keys(steps.chunked)).toEqual(expect.arrayContaining(CMP.map((n) => `d${n}`)));
      expectClose(`${path} ${name} against float64`, steps[path], want, share);
    });

    it.each(PATHS)("%s against PyTorch", (path) => {
      expectClose(`${path} ${name} against PyTorch`, steps[path], fixture.expected, 2 * share);
    });

    it("fused against chunked", () => {
      expectClose(`fused against chunked ${name}`, steps.fused, steps.chunked, 2 * share);
    });
  });

  it.each(PATHS)("%s trains as PyTorch does for ten steps", async (path) => {
    const { loss, after, wantLoss, wantAfter } = await runTrajectory(gpu, path);
    const losses = compareTensors("losses", loss, wantLoss, { rtol: 1e-6, atol: 0 });
    expect(losses.ok, explain(losses)).toBe(true);
    expectClose(`${path}, ten steps`, asData(after), asData(wantAfter), 2e-6, [...PARAMETERS]);
  });

  it("calibrates, evaluates and samples as the CPU reference does", async () => {
    const statistics = ({ bnmean, bnvar, losses }: Evaluation) => asData({ bnmean, bnvar, losses });
    const got = await runEvaluation(gpu);
    const want = await runEvaluation(cpuMachine("float64"));
    expectClose("evaluation", statistics(got), statistics(want), 1e-6);
    expect(got.drawn).toEqual(want.drawn);
    expect(got.contexts).toEqual(want.contexts);
    expect(got.chosen).toEqual(want.chosen);
    expect(got.chosen.drawn, "another draw than among all").not.toEqual(got.drawn);
  });
});
