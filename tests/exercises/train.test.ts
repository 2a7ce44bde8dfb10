/** Exercise 4: which step and which gradient are named first, and that right texts show no difference. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset, type Dataset } from "../../src/data/examples.ts";
import { type Trained, trainBeside } from "../../src/exercises/train.ts";
import { solutions } from "./dialect/solutions.ts";

let data: Dataset;
beforeAll(async () => {
  data = buildDataset(await loadBundledWords(), { context: 3 });
});

const trained = (source: string | readonly string[], steps = 4): Promise<Trained | undefined> =>
  trainBeside(source, { steps, train: data.train, vocabulary: data.vocabulary.size });

const lecture = solutions["the lecture's"];

/** The lecture's solution with one piece of it replaced. */
function changed(from: string, to: string): string {
  expect(lecture).toContain(from);
  return lecture.replace(from, to);
}

it("tells both losses of every step, which add up to the means at the end", async () => {
  const seen: { done: number; yours: number; right: number }[] = [];
  const result = await trainBeside(`${lecture}\ndW2 = -dW2`, {
    steps: 6,
    train: data.train,
    vocabulary: data.vocabulary.size,
    onStep: (done, losses) => seen.push({ done, ...losses }),
  });
  expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6]);
  const mean = (key: "yours" | "right") => seen.reduce((sum, step) => sum + step[key] / 6, 0);
  expect(mean("yours")).toBeCloseTo(result!.losses.yours, 12);
  expect(mean("right")).toBeCloseTo(result!.losses.right, 12);
  // The same network at first, and not after an update with the wrong sign.
  expect(seen[0].yours).toBe(seen[0].right);
  expect(seen[5].yours).toBeGreaterThan(seen[5].right);
});

describe("right gradients", () => {
  it.each(Object.entries(solutions))("%s: no difference, and the same loss", async (_, text) => {
    const result = await trained(text);
    expect(result).toMatchObject({ steps: 4, firstDifference: null, lent: [], diverged: null });
    expect(result!.losses.yours).toBeCloseTo(result!.losses.right, 9);
  });

  it("in a training loop, which repeats the forward pass and updates the parameters", async () => {
    const loop = `
for i in range(200000):
    ix = torch.randint(0, Xtr.shape[0], (batch_size,), generator=g)
    emb = C[Xb]
    hprebn = emb.view(emb.shape[0], -1) @ W1 + b1
${lecture.replace(/^/gm, "    ")}
    grads = [dC, dW1, db1, dW2, db2, dbngain, dbnbias]
    for p, grad in zip(parameters, grads):
        p.data += -0.1 * grad
    if i >= 100:
        break
`;
    expect(await trained(loop, 5)).toMatchObject({ firstDifference: null, lent: [] });
  });

  it("learn: 80 steps of the default run bring the loss down", async () => {
    const result = await trained("db2 = dlogits.sum(0)", 80);
    expect(result).toMatchObject({
      firstDifference: null,
      lent: ["C", "W1", "b1", "W2", "bngain", "bnbias"],
    });
    expect(result!.losses.yours).toBeLessThan(3.1);
  });

  it("may call something else by a size's short name", async () => {
    expect(await trained("E = dlogits @ W2.T\ndh = E", 1)).toMatchObject({ firstDifference: null });
  });

  it("may have an axis of size 1 in front, as with keepdim", async () => {
    expect(await trained("db1 = dhprebn.sum(0, keepdim=True)\ndbnbias = dhpreact.sum(0)")).toMatchObject({
      firstDifference: null,
      lent: ["C", "W1", "W2", "b2", "bngain"],
    });
  });
});

describe("the first difference", () => {
  it("is the first wrong gradient in the notebook's order, and what follows from it comes after", async () => {
    const result = await trained(changed("1.0/(n-1)", "1.0/n"));
    expect(result?.firstDifference).toEqual({ step: 0, tensor: "dbndiff2" });
    expect(result!.losses.yours).not.toBe(result!.losses.right);
  });

  it("is the step in which the gradient first goes wrong", async () => {
    const later = "\ndh = dh + (loss < 3.3).float() * 1e-6 * h\n";
    const result = await trained(changed("dW2 =", `${later}dW2 =`), 12);
    expect(result?.firstDifference).toMatchObject({ tensor: "dh" });
    expect(result!.firstDifference!.step).toBeGreaterThan(0);
    expect(result!.firstDifference!.step).toBeLessThan(11);
  });

  it("is seen in what cancels to 0, by the size of its terms", async () => {
    expect(
      (await trained("dlogit_maxes = dnorm_logits.sum(1, keepdim=True) + 1e-6", 2))?.firstDifference,
    ).toEqual({
      step: 0,
      tensor: "dlogit_maxes",
    });
    expect((await trained("db1 = dhprebn.sum(0)", 2))?.firstDifference).toBeNull();
  });

  it("is a number in place of a tensor, which trains nothing", async () => {
    expect(await trained("db2 = 0", 2)).toMatchObject({
      firstDifference: { step: 0, tensor: "db2" },
      lent: ["C", "W1", "b1", "W2", "bngain", "bnbias"],
    });
  });

  it.each([
    ["is given up", "None"],
    ["goes wrong", "dlogits @ W2"],
  ])("is a gradient that the text has at first and that %s in a later step", async (_, later) => {
    const result = await trained(`db2 = dlogits.sum(0)\nif loss < 3.3:\n  db2 = ${later}\n`, 12);
    expect(result).toMatchObject({ steps: 12, firstDifference: { tensor: "db2" } });
    expect(result!.firstDifference!.step).toBeGreaterThan(0);
  });

  it("is a gradient that does not fit its parameter, which is then lent", async () => {
    expect(await trained("dW2 = dlogits.T @ h\ndb2 = dlogits.sum(0)", 2)).toMatchObject({
      firstDifference: { step: 0, tensor: "dW2" },
      lent: ["C", "W1", "b1", "W2", "bngain", "bnbias"],
    });
  });
});

it("a network whose loss is no number any more stops, and the other goes on", async () => {
  const result = await trained(changed("dC = torch.zeros_like(C)", "dC = torch.zeros_like(C) - 1e308"), 12);
  expect(result).toMatchObject({
    steps: 12,
    firstDifference: { step: 0, tensor: "dC" },
    diverged: expect.any(Number),
  });
  expect(result!.losses.yours).toBeNaN();
  expect(result!.losses.right).toBeGreaterThan(2);
});

it("nothing trains where the text has no gradient", async () => {
  expect(await trained("print('hello')\ndh = None")).toBeUndefined();
});
