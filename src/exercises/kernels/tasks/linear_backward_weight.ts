/** dw = xᵀ · dy: a product whose sum runs over the batch. */
import { linear } from "../../../ops/index.ts";
import type { KernelTask, WorkgroupSize } from "../types.ts";
import {
  changed,
  gridOfTiles,
  holes,
  LONG,
  multiple,
  noMultiple,
  plainText,
  stub,
  sum,
  sumTolerance,
  type Twin,
  wrong,
} from "./entry.ts";

const kernel = `@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let o = id.x;
  let i = id.y;
  if (o >= O || i >= I) { return; }
  var sum = 0.0;
  for (var n = 0u; n < N; n++) { sum += x[n * I + i] * dy[n * O + o]; }
  dw[i * O + o] = sum;
}`;

/** Tiles of both factors in workgroup memory: rows of the batch, as they stand in `x` and in `dy`. */
const tiled = `const TILE = 8u;
var<workgroup> left: array<f32, 64>;
var<workgroup> right: array<f32, 64>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let inside = id.x < O && id.y < I;
  let i = group.y * TILE + local.x;
  var sum = 0.0;
  for (var first = 0u; first < N; first += TILE) {
    let n = first + local.y;
    let place = local.y * TILE + local.x;
    left[place] = 0.0;
    right[place] = 0.0;
    if (n < N && i < I) { left[place] = x[n * I + i]; }
    if (n < N && id.x < O) { right[place] = dy[n * O + id.x]; }
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) { sum += left[k * TILE + local.y] * right[k * TILE + local.x]; }
    workgroupBarrier();
  }
  if (inside) { dw[id.y * O + id.x] = sum; }
}`;

interface Element {
  readonly i: number;
  readonly o: number;
  readonly N: number;
  readonly I: number;
  readonly O: number;
  x(n: number, i: number): number;
  dy(n: number, o: number): number;
  readonly inMemory: { x(i: number): number; dy(i: number): number };
}

/** Element (i, o) of dw, made in another way. */
const elements =
  (f: (e: Element, size: WorkgroupSize) => number): Twin =>
  ({ x, dy, dw }, { N, I, O }, size) => {
    for (let i = 0; i < I; i++)
      for (let o = 0; o < O; o++)
        dw[i * O + o] = f(
          {
            i,
            o,
            N,
            I,
            O,
            x: (n, i) => x[n * I + i],
            dy: (n, o) => dy[n * O + o],
            inMemory: { x: (i) => x[i], dy: (i) => dy[i] },
          },
          size,
        );
  };

/** What examples `from` to `to` give. */
const examples = ({ i, o, x, dy }: Element, to: number, from = 0): number =>
  sum(to, (n) => x(n, i) * dy(n, o), from);

export const linearBackwardWeight: KernelTask = {
  name: "linear.backward_weight",
  op: "linear.backward_weight",
  title: "The gradient of a weight",
  asked:
    "`x` went into a linear layer, and `dy` is the gradient of what came out. Write the gradient of its weight: element (i, o) of `dw` says how the loss changes with `w[i, o]`, through all examples of the batch together.",
  computation: linear.backwardWeight,
  grid: gridOfTiles("I", "O"),
  cases: ([x, y]) => {
    const deep = noMultiple(Math.max(LONG, x + 7, y + 7), x, y);
    const whole = multiple(LONG, x, y);
    return [
      { name: "two examples", dims: { N: 2, I: 3, O: 1 }, tolerance: sumTolerance(2) },
      {
        name: "ragged",
        dims: { N: deep, I: noMultiple(y + 3, y), O: noMultiple(x + 5, x) },
        tolerance: sumTolerance(deep),
      },
      { name: "whole workgroups", dims: { N: whole, I: 2 * y, O: 2 * x }, tolerance: sumTolerance(whole) },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "One invocation has one element of `dw`. Weight (i, o) carried column i of `x` to column o of `y` in every example: so its gradient is a sum over the N examples.",
    },
    {
      title: "the indices",
      text: "`id.x` is the column o of `dw`, and `id.y` its row i. The sum runs down two columns side by side: example n has `x[n * I + i]` and `dy[n * O + o]`. Nothing has to be transposed in memory.",
    },
    {
      title: "the guard",
      text: "`dw` has I rows and O columns, and the tiles stick out at the right edge and at the bottom. Neither an invocation to the right of the last column nor one below the last row may write.",
    },
    {
      title: "the kernel with holes",
      text: holes(kernel, "o >= O || i >= I", "x[n * I + i] * dy[n * O + o]", "dw[i * O + o]"),
    },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which weight is this invocation's, and where did it take part?", "8, 8"),
  spellings: [
    plainText(linear.backwardWeight, { N: 32, I: 30, O: 64 }),
    kernel,
    tiled,
    `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let o = id.x;
  if (o >= O) { return; }
  var even = 0.0;
  var odd = 0.0;
  for (var n = 0u; n + 1u < N; n += 2u) {
    even += x[n * I + id.y] * dy[n * O + o];
    odd += x[(n + 1u) * I + id.y] * dy[(n + 1u) * O + o];
  }
  if (N % 2u == 1u) { even += x[(N - 1u) * I + id.y] * dy[(N - 1u) * O + o]; }
  dw[id.y * O + o] = even + odd;
}`,
    `@compute @workgroup_size(4, 32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (any(id.xy >= vec2u(O, I))) { return; }
  var sum = 0.0;
  var compensation = 0.0;
  var n = 0u;
  loop {
    if (n == N) { break; }
    let term = x[n * I + id.y] * dy[n * O + id.x] - compensation;
    let next = sum + term;
    compensation = (next - sum) - term;
    sum = next;
    n++;
  }
  dw[id.y * O + id.x] = sum;
}`,
  ],
  mistakes: [
    wrong(
      "linear.backward_weight.mean",
      ({ N }) => `Every number of yours is ${N} times too small, and N is ${N} here.`,
      elements((e) => examples(e, e.N) / e.N),
      changed(kernel, ["] = sum", "] = sum / f32(N)"]),
    ),
    wrong(
      "linear.backward_weight.last-example",
      "Yours is what the last example gives: what the others gave is overwritten.",
      elements((e) => examples(e, e.N, e.N - 1)),
      changed(kernel, ["sum += x", "sum = x"]),
    ),
    wrong(
      "linear.backward_weight.first-example",
      "Yours is what the first example gives, and the others make no difference.",
      elements((e) => examples(e, 1)),
      changed(kernel, ["n < N", "n < 1u"]),
    ),
    wrong(
      "linear.backward_weight.ends-early",
      ({ N }) => `What the last of the ${N} examples gives is missing from every weight.`,
      elements((e) => examples(e, e.N - 1)),
      changed(kernel, ["n < N", "n < N - 1u"]),
    ),
    wrong(
      "linear.backward_weight.starts-late",
      ({ N }) => `What the first of the ${N} examples gives is missing from every weight.`,
      elements((e) => examples(e, e.N, 1)),
      changed(kernel, ["n = 0u", "n = 1u"]),
    ),
    wrong(
      "linear.backward_weight.no-upstream",
      "Yours stays the same whatever `dy` is, and so all columns of `dw` are equal.",
      elements((e) => sum(e.N, (n) => e.x(n, e.i))),
      changed(kernel, [" * dy[n * O + o]", ""]),
    ),
    wrong(
      "linear.backward_weight.no-input",
      "Yours stays the same whatever `x` is, and so all rows of `dw` are equal: each is the gradient of the bias.",
      elements((e) => sum(e.N, (n) => e.dy(n, e.o))),
      changed(kernel, ["x[n * I + i] * ", ""]),
    ),
    wrong(
      "linear.backward_weight.dw-transposed",
      "The numbers are right, but they stand where they belong only if `dw` is (O, I).",
      (t, d, size) => {
        const dw = Float64Array.from(t.dw);
        elements((e) => examples(e, e.N))({ ...t, dw }, d, size);
        for (let i = 0; i < d.I; i++) for (let o = 0; o < d.O; o++) t.dw[o * d.I + i] = dw[i * d.O + o];
      },
      changed(kernel, ["dw[i * O + o]", "dw[o * I + i]"]),
    ),
    wrong(
      "linear.backward_weight.x-transposed",
      "Yours reads `x` as if its columns stood one after another in memory: numbers meet that belong to different examples.",
      elements((e) => sum(e.N, (n) => e.inMemory.x(e.i * e.N + n) * e.dy(n, e.o))),
      changed(kernel, ["x[n * I + i]", "x[i * N + n]"]),
    ),
    wrong(
      "linear.backward_weight.dy-transposed",
      "Yours reads `dy` as if its columns stood one after another in memory: numbers meet that belong to different examples.",
      elements((e) => sum(e.N, (n) => e.x(n, e.i) * e.inMemory.dy(e.o * e.N + n))),
      changed(kernel, ["dy[n * O + o]", "dy[o * N + n]"]),
    ),
    wrong(
      "linear.backward_weight.sum-of-factors",
      "Yours adds each pair of numbers that meet: where all of `dy` is 0, the weight still gets a gradient.",
      elements((e) => sum(e.N, (n) => e.x(n, e.i) + e.dy(n, e.o))),
      changed(kernel, ["x[n * I + i] * dy", "x[n * I + i] + dy"]),
    ),
    wrong(
      "linear.backward_weight.first-tile",
      "Only the examples of the first tile are in the sums; where N is larger than a tile, the rest makes no difference.",
      elements((e, [tile]) => examples(e, Math.min(tile, e.N))),
      changed(tiled, ["first < N", "first < TILE"]),
    ),
    wrong(
      "linear.backward_weight.last-tile",
      "Only the examples of the last tile are in the sums: each tile overwrites what those before it gave.",
      elements((e, [tile]) => examples(e, e.N, e.N - 1 - ((e.N - 1) % tile))),
      changed(tiled, ["    let n = first", "    sum = 0.0;\n    let n = first"]),
    ),
  ],
};
