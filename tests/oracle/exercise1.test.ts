import { describe, expect, it } from "vitest";
import { compareTensors, explain, normwise } from "./compare.ts";
import { exercise1, type Parameters, type Sizes } from "./exercise1.ts";
import { readStepFixture, readTrajectory, stepFixtures } from "./fixtures.ts";

/**
 * How far torch's float32 may be from float64, as a share of each tensor's largest value. A tiny batch and a
 * saturated network amplify float32's rounding: in a batch of two, dhprebn is the small rest of two terms that cancel
 * but for eps; with logits of 40, exp turns their absolute error into a relative one.
 */
const shares = { "notebook-h64": 2e-6, "notebook-h200": 2e-6, odd: 1e-6, tiny: 1e-5, saturated: 1e-5 };

describe("exercise 1 in float64 against PyTorch", () => {
  it.each(stepFixtures)("%s: every tensor and gradient", (name) => {
    const { sizes, parameters, Xb, Yb, expected } = readStepFixture(name);
    const got = exercise1(parameters, Xb, Yb, sizes);
    const gradients = Object.keys(got).filter(
      (key) => `d${key.slice(1)}` === key && key.slice(1) in expected,
    );
    expect(gradients).toHaveLength(26);
    for (const [key, { shape, data }] of Object.entries(got)) {
      expect(expected[key].shape, key).toEqual(shape);
      const comparison = compareTensors(key, expected[key].data, data, normwise(key, got, shares[name]));
      expect(comparison.ok, explain(comparison)).toBe(true);
    }
  });

  it("has the notebook's loss", () => {
    expect(readStepFixture("notebook-h64").expected.loss.data[0]).toBeCloseTo(3.345926, 5);
    expect(readStepFixture("notebook-h200").expected.loss.data[0]).toBeCloseTo(3.84165, 5);
  });

  it("trains as torch does for ten steps", () => {
    const { sizes, parameters, batches, ...want } = readTrajectory("trajectory");
    const names = Object.keys(parameters) as (keyof Parameters)[];
    const losses: number[] = [];
    for (const { Xb, Yb } of batches) {
      const tensors = exercise1(parameters, Xb, Yb, sizes);
      losses.push(tensors.loss.data[0]);
      for (const name of names) {
        const gradient = tensors[`d${name}`].data;
        parameters[name] = Float64Array.from(parameters[name], (p, i) => p - 0.1 * gradient[i]);
      }
    }
    const comparison = compareTensors("losses", want.losses, losses, { rtol: 1e-6, atol: 0 });
    expect(comparison.ok, explain(comparison)).toBe(true);
    for (const name of names) {
      const after = { [name]: { data: parameters[name] } };
      const got = want.after[name].data;
      const comparison = compareTensors(`after.${name}`, got, parameters[name], normwise(name, after, 1e-6));
      expect(comparison.ok, explain(comparison)).toBe(true);
    }
  });
});

describe("exercise 1 against central finite differences", () => {
  const sizes: Sizes = { V: 5, E: 3, T: 2, H: 7, N: 6 };
  const { V, E, T, H, N } = sizes;
  const random = generator(1);
  const draw = (count: number, scale: number, mean = 0) =>
    Float64Array.from({ length: count }, () => mean + scale * (2 * random() - 1));
  const parameters = {
    C: draw(V * E, 1),
    W1: draw(T * E * H, 1),
    b1: draw(H, 0.3),
    W2: draw(H * V, 0.5),
    b2: draw(V, 0.3),
    bngain: draw(H, 0.3, 1),
    bnbias: draw(H, 0.3),
  };
  const Xb = draw(N * T, V / 2, V / 2).map(Math.floor);
  const Yb = draw(N, V / 2, V / 2).map(Math.floor);
  const loss = () => exercise1(parameters, Xb, Yb, sizes).loss.data[0];
  const gradients = exercise1(parameters, Xb, Yb, sizes);

  it.each(Object.entries(parameters))("d%s", (name, values) => {
    const step = 1e-5;
    const differences = values.map((value, i) => {
      values[i] = value + step;
      const above = loss();
      values[i] = value - step;
      const below = loss();
      values[i] = value;
      return (above - below) / (2 * step);
    });
    // The quotient's error: about step² from the third derivative, and 1e-16 / step from rounding.
    const tolerance = { rtol: 1e-7, atol: 1e-9 };
    const comparison = compareTensors(`d${name}`, gradients[`d${name}`].data, differences, tolerance);
    expect(comparison.ok, explain(comparison)).toBe(true);
  });
});

describe("exercise 1's inputs", () => {
  it("names a parameter of the wrong size", () => {
    const { sizes, parameters, Xb, Yb } = readStepFixture("tiny");
    expect(() => exercise1({ ...parameters, W2: [1, 2, 3] }, Xb, Yb, sizes)).toThrow(
      "W2 has 3 elements, expected 6 for shape (2,3)",
    );
  });
});

/** Uniform numbers in [0, 1): a linear congruential generator, good enough to avoid special values. */
function generator(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}
