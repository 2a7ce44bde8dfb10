/** The plans on the CPU reference against exercise 1 written out in float64, and against PyTorch. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { PATHS, stepPlan } from "../../src/model/plans.ts";
import { CMP, INTERMEDIATES, PARAMETERS } from "../../src/model/tensors.ts";
import { compareTensors, explain, normwise } from "../oracle/compare.ts";
import { exercise1 } from "../oracle/exercise1.ts";
import { readStepFixture } from "../oracle/fixtures.ts";
import { namedSizes, runStep, runTrajectory } from "./steps.ts";

const everything = [...INTERMEDIATES, ...CMP.map((name) => `d${name}`), "loss"].sort();

/**
 * How far torch's float32 may be from float64, as a share of each tensor's largest value; the larger two for
 * networks that amplify float32's rounding (see tests/oracle/exercise1.test.ts).
 */
const shares = { "notebook-h64": 2e-6, odd: 1e-6, tiny: 1e-5, saturated: 1e-5 };
const fixtures = Object.keys(shares) as (keyof typeof shares)[];

const cases = PATHS.flatMap((path) => fixtures.map((name) => ({ path, name })));

describe.each(cases)("$path, $name", async ({ path, name }) => {
  const fixture = readStepFixture(name);
  const got = await runStep(cpuMachine("float64"), fixture, path);
  const compared = everything.filter((tensor) => tensor in got);

  it("agrees with exercise 1 to float64's precision", () => {
    const want = exercise1(fixture.parameters, fixture.Xb, fixture.Yb, fixture.sizes);
    for (const tensor of compared) {
      // Both round to float64, in other orders of summation: an error in proportion to the terms, not to their sum.
      const { atol } = normwise(tensor, want, 1e-13);
      const comparison = compareTensors(tensor, got[tensor], want[tensor].data, { rtol: 1e-9, atol });
      expect(comparison.ok, explain(comparison)).toBe(true);
    }
  });

  it("agrees with PyTorch to float32's", () => {
    const { expected } = fixture;
    for (const tensor of compared) {
      const tolerance = normwise(tensor, expected, shares[name]);
      const comparison = compareTensors(tensor, expected[tensor].data, got[tensor], tolerance);
      expect(comparison.ok, explain(comparison)).toBe(true);
    }
  });
});

it("materialises all 26 gradients in the chunked plan, and what crosses its kernels in the fused one", () => {
  const sizes = namedSizes(readStepFixture("tiny").sizes);
  const compared = (path: (typeof PATHS)[number]) => {
    const { tensors } = stepPlan(sizes, path, { update: false });
    return everything.filter((name) => tensors.has(name));
  };
  expect(compared("chunked")).toEqual(everything);
  expect(compared("fused")).toEqual(
    [
      ...["emb", "embcat", "hprebn", "bnvar_inv", "h", "logits", "loss"],
      ...["dlogits", "dh", "dW2", "db2", "dbngain", "dbnbias", "dhprebn", "dembcat", "dW1", "db1"],
      ...["demb", "dC"],
    ].sort(),
  );
});

describe.each(PATHS)("%s, ten steps in float32", async (path) => {
  const { loss, after, wantLoss, wantAfter } = await runTrajectory(cpuMachine("float32"), path);

  it("has PyTorch's losses", () => {
    const comparison = compareTensors("losses", loss, wantLoss, { rtol: 1e-6, atol: 0 });
    expect(comparison.ok, explain(comparison)).toBe(true);
  });

  it("ends at PyTorch's parameters", () => {
    const want = Object.fromEntries(PARAMETERS.map((name) => [name, { data: wantAfter[name] }]));
    for (const name of PARAMETERS) {
      const comparison = compareTensors(name, after[name], want[name].data, normwise(name, want, 2e-6));
      expect(comparison.ok, explain(comparison)).toBe(true);
    }
  });
});
