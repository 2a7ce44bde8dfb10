import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { stepPlan } from "../../src/model/plans.ts";
import { namedSizes, uploadParameters } from "../model/steps.ts";
import { readStepFixture } from "../oracle/fixtures.ts";

const { sizes, parameters, Xb, Yb } = readStepFixture("tiny");
const compile = () => cpuMachine("float32").compile(stepPlan(namedSizes(sizes), "fused"));

describe("the CPU reference", () => {
  it("keeps parameters as views of one arena", async () => {
    const executable = await compile();
    uploadParameters(executable, parameters);
    const arena = (await executable.download(["parameters"])).parameters;
    const { W1 } = await executable.download(["W1"]);
    const { offset } = executable.plan.tensors.get("W1")!.view!;
    expect(Array.from(arena.subarray(offset, offset + W1.length))).toEqual(Array.from(W1));
  });

  it("hands out copies", async () => {
    const executable = await compile();
    uploadParameters(executable, parameters);
    (await executable.download(["W1"])).W1.fill(7);
    expect((await executable.download(["W1"])).W1).toEqual(Float32Array.from(parameters.W1));
  });

  it("returns the loss of every step", async () => {
    const executable = await compile();
    uploadParameters(executable, parameters);
    const { loss } = await executable.run(3, (inputs) => {
      inputs.Xb.set(Xb);
      inputs.Yb.set(Yb);
      inputs.coefficients[0] = 0.1;
    });
    expect(loss).toHaveLength(3);
    expect(loss[0]).toBeCloseTo(readStepFixture("tiny").expected.loss.data[0], 5);
    expect(loss[2]).toBeLessThan(loss[0]);
  });

  it("refuses a tensor that the plan has not", async () => {
    const executable = await compile();
    expect(() => executable.upload("W3", [1])).toThrow("plan fused has no tensor W3");
    await expect(executable.download(["bndiff"])).rejects.toThrow("plan fused has no tensor bndiff");
  });

  it("refuses values that are not as many as the tensor has", async () => {
    const executable = await compile();
    const n = parameters.W1.length;
    for (const wrong of [n - 1, n + 1])
      expect(() => executable.upload("W1", new Float32Array(wrong))).toThrow(
        `W1 has ${n} elements, but ${wrong} values were given`,
      );
  });

  it.each([
    { precision: "float32", array: Float32Array },
    { precision: "float64", array: Float64Array },
  ] as const)("stores in $precision if it is asked to", async ({ precision, array }) => {
    const executable = await cpuMachine(precision).compile(
      stepPlan(namedSizes(sizes), "fused", { update: false }),
    );
    expect((await executable.download(["W1"])).W1).toBeInstanceOf(array);
  });
});
