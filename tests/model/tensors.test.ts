import { describe, expect, it } from "vitest";
import { arena } from "../../src/model/arena.ts";
import { describeTensors } from "../../src/model/describe.ts";
import { stateOf, UPDATE_RULES, type UpdateRule } from "../../src/model/optimizers.ts";
import { CMP, PARAMETERS, parameterCount, shapeOf } from "../../src/model/tensors.ts";
import { readStepFixture, stepFixtures } from "../oracle/fixtures.ts";
import { namedSizes } from "./steps.ts";

const notebook = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };

it("counts the notebook's parameters", () => {
  expect(parameterCount(notebook)).toBe(4137);
  expect(parameterCount({ ...notebook, hidden: 200 })).toBe(12297);
});

it.each(stepFixtures)("gives every tensor of %s torch's shape", (name) => {
  const { sizes, expected } = readStepFixture(name);
  for (const tensor of CMP) {
    expect(shapeOf(tensor, namedSizes(sizes)), tensor).toEqual(expected[tensor].shape);
    expect(describeTensors(namedSizes(sizes)).get(`d${tensor}`)?.shape).toEqual(expected[tensor].shape);
  }
});

describe("the arena", () => {
  const sizes = namedSizes(readStepFixture("odd").sizes);
  const { offsets, length } = arena(sizes);

  it("holds every parameter apart from the others, where a device may bind it", () => {
    const ends = PARAMETERS.map((name) => offsets[name] + shapeOf(name, sizes).reduce((n, a) => n * a, 1));
    const starts = [...PARAMETERS.slice(1).map((name) => offsets[name]), length];
    ends.forEach((end, i) => {
      expect(starts[i], PARAMETERS[i]).toBeGreaterThanOrEqual(end);
      expect((4 * starts[i]) % 256, PARAMETERS[i]).toBe(0);
    });
  });

  it("has the gradients at the parameters' offsets, so that one update serves all", () => {
    const tensors = describeTensors(sizes);
    for (const name of PARAMETERS)
      expect(tensors.get(`d${name}`)?.view).toEqual({ of: "gradients", offset: offsets[name] });
  });

  it.each(Object.keys(UPDATE_RULES) as UpdateRule[])("has the state of %s there too", (update) => {
    const tensors = describeTensors(sizes, { update });
    for (const kept of stateOf(update))
      for (const name of PARAMETERS)
        expect(tensors.get(`${kept}.${name}`)?.view).toEqual({ of: kept, offset: offsets[name] });
  });
});
