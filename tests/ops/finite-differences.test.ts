/**
 * Every backward twin against central differences of its forward twin, in float64. The upstream gradients are
 * random: all ones would make BatchNorm's last term vanish, and a wrong backward pass.
 */
import { describe, expect, it } from "vitest";
import { batchnorm, crossEntropy, registry } from "../../src/ops/index.ts";
import type { AnyArray, Dims, GradientPair, Op } from "../../src/plan/contract.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { type Comparison, compareTensors, explain } from "../oracle/compare.ts";
import { drawArgs, randomDims, someIndices } from "../support/random.ts";

type Args = Record<string, AnyArray>;

/**
 * h is close to the best trade between the third derivative's error, about h², and rounding's, about 1e-16/h: both
 * in proportion to the gradient's largest element, as the tolerance is.
 */
const STEP = 1e-5;
const SHARE = 1e-7;
/** Elements of an input that are tried; all of them, where it has no more. */
const TRIED = 40;

/** dL/dx by central differences of `loss`, against `gradient`, at some elements of `x`. */
function compareWithDifferences(
  name: string,
  x: AnyArray,
  gradient: AnyArray,
  loss: () => number,
): Comparison {
  const indices = someIndices(x.length, TRIED, x.length);
  const want = indices.map((i) => {
    const before = x[i];
    x[i] = before + STEP;
    const above = loss();
    x[i] = before - STEP;
    const below = loss();
    x[i] = before;
    return (above - below) / (2 * STEP);
  });
  const got = indices.map((i) => gradient[i]);
  let largest = 1e-3;
  for (const g of gradient) largest = Math.max(largest, Math.abs(g));
  const comparison = compareTensors(name, got, want, { rtol: 0, atol: SHARE * largest });
  return { ...comparison, worstIndex: indices[comparison.worstIndex] };
}

/** Each of the pair's gradients against differences of L = Σ dy·y. */
function checkPair(forward: Op, pair: GradientPair, dims: Dims, seed: number): Comparison[] {
  const args = drawArgs(forward, dims, seed);
  forward.twin(args, dims);
  const upstream = Object.entries(pair.upstream).map(([formal, output], i) => {
    const dy = Float64Array.from(new TorchGenerator(seed + 1 + i).randn(args[output].length));
    return { formal, dy, y: args[output] };
  });
  const loss = () => {
    forward.twin(args, dims);
    return upstream.reduce((sum, { dy, y }) => sum + dy.reduce((s, d, i) => s + d * y[i], 0), 0);
  };
  const backward: Args = drawArgs(pair.backward, dims, seed);
  for (const [formal, source] of Object.entries(pair.saved)) backward[formal] = args[source].slice();
  for (const { formal, dy } of upstream) backward[formal] = dy;
  pair.backward.twin(backward, dims);
  return Object.entries(pair.gradients).map(([output, input]) =>
    compareWithDifferences(`${pair.backward.name} ${output}`, args[input], backward[output], loss),
  );
}

const shapes = (op: Op): Dims[] => [...op.cases, ...[1, 2, 3].map((seed) => randomDims(op, seed, 9))];
const show = (dims: Dims) =>
  Object.entries(dims)
    .map(([symbol, n]) => `${symbol}=${n}`)
    .join(" ");

const pairs = registry.flatMap((forward) => (forward.gradient ?? []).map((pair) => ({ forward, pair })));

describe.each(pairs.map(({ forward, pair }) => ({ name: pair.backward.name, forward, pair })))(
  "$name",
  ({ forward, pair }) => {
    it.each(shapes(forward).map((dims) => ({ dims, shape: show(dims) })))("$shape", ({ dims }) => {
      for (const comparison of checkPair(forward, pair, dims, 7))
        expect(comparison.ok, explain(comparison)).toBe(true);
    });
  },
);

describe("cross_entropy.fused", () => {
  const op: Op = crossEntropy.fused;
  it.each(shapes(op).map((dims) => ({ dims, shape: show(dims) })))("$shape", ({ dims }) => {
    const args = drawArgs(op, dims, 7);
    op.twin(args, dims);
    const dlogits = args.dlogits.slice();
    const loss = () => {
      op.twin(args, dims);
      return args.loss[0];
    };
    const comparison = compareWithDifferences("dlogits", args.logits, dlogits, loss);
    expect(comparison.ok, explain(comparison)).toBe(true);
  });
});

it("catches a BatchNorm backward without its last term", () => {
  const { forward, backward } = batchnorm;
  const wrong: Op = {
    ...backward,
    twin: (t, d) =>
      backward.twin(
        { ...t, xHat: new Float64Array(t.xHat.length) } as Parameters<typeof backward.twin>[0],
        d,
      ),
  };
  const pair = { ...forward.gradient![0], backward: wrong };
  const [dx] = checkPair(forward, pair, { N: 6, H: 3 }, 7);
  expect(dx).toMatchObject({ name: "batchnorm.backward dx", ok: false });
});
