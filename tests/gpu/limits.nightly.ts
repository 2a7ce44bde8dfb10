/**
 * The largest sizes that every device must take, run in full: every operation of a fused step against its CPU twin in float64. This takes
 * gigabytes, and minutes on a software device: lavapipe if there is one, since SwiftShader takes several times as long.
 */
import { expect, it } from "vitest";
import { stepPlan } from "../../src/model/plans.ts";
import type { Sizes } from "../../src/model/tensors.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { eachOperation } from "../../src/train/bisect.ts";
import { trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import type { Step } from "../../src/train/step.ts";
import { EDGES } from "../support/edges.ts";
import { errors, machine, opened } from "../support/fast_device.ts";

function stepOf(sizes: Sizes): Step {
  const { vocabulary, ...rest } = sizes;
  const { parameters } = initialState(trainConfig(rest), vocabulary);
  const g = new TorchGenerator(1);
  const Xb = g.randint(vocabulary, sizes.batch * sizes.context);
  return { sizes, parameters, Xb, Yb: g.randint(vocabulary, sizes.batch) };
}

it.each([
  [
    "hidden 4096 × batch 8192",
    { vocabulary: 27, context: 3, embedding: 10, hidden: 4096, batch: 8192 },
  ] as const,
  ...EDGES.map(([limit, fits]) => [limit, fits] as const),
])(
  `%s on ${opened.name}`,
  async (_, sizes) => {
    const reports = await eachOperation(machine, stepOf(sizes), "fused");
    expect(reports).toHaveLength(stepPlan(sizes, "fused", { update: false }).calls.length);
    expect(reports.filter((r) => !r.within)).toEqual([]);
    expect(errors).toEqual([]);
  },
  // The twins compute every operation 17 times over, one processor doing what takes a device a second.
  1_800_000,
);

it("hidden 4096 × batch 8192 trains: the second loss is lower", async () => {
  const { sizes, parameters, Xb, Yb } = stepOf({
    vocabulary: 27,
    context: 3,
    embedding: 10,
    hidden: 4096,
    batch: 8192,
  });
  const executable = await machine.compile(stepPlan(sizes, "fused"));
  for (const [name, values] of Object.entries(parameters)) executable.upload(name, values);
  const losses = [];
  for (let step = 0; step < 2; step++)
    losses.push(
      (
        await executable.run(1, (inputs) => {
          inputs.Xb.set(Xb);
          inputs.Yb.set(Yb);
          inputs.coefficients[0] = 0.01;
        })
      ).loss[0],
    );
  executable.close();
  expect(losses[1]).toBeLessThan(losses[0]);
  expect(losses[1]).toBeGreaterThan(0);
  expect(errors).toEqual([]);
}, 600_000);
