/** y = x · w + b: an invocation an element, in two directions. */
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

export const kernel = `@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let r = id.y;
  if (c >= O || r >= N) { return; }
  var sum = b[c];
  for (var k = 0u; k < I; k++) { sum += x[r * I + k] * w[k * O + c]; }
  y[r * O + c] = sum;
}`;

/** Tiles of both factors in workgroup memory. */
const tiled = `const TILE = 16u;
var<workgroup> left: array<array<f32, TILE>, TILE>;
var<workgroup> right: array<array<f32, TILE>, TILE>;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  var sum = 0.0;
  for (var first = 0u; first < I; first += TILE) {
    let across = first + local.x;
    let down = first + local.y;
    left[local.y][local.x] = 0.0;
    right[local.y][local.x] = 0.0;
    if (id.y < N && across < I) { left[local.y][local.x] = x[id.y * I + across]; }
    if (down < I && id.x < O) { right[local.y][local.x] = w[down * O + id.x]; }
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) { sum += left[local.y][k] * right[k][local.x]; }
    workgroupBarrier();
  }
  if (id.y < N && id.x < O) { y[id.y * O + id.x] = sum + b[id.x]; }
}`;

interface Element {
  readonly r: number;
  readonly c: number;
  readonly N: number;
  readonly I: number;
  readonly O: number;
  /** What stands at these places, as if x were (N, I), w (I, O) and b (O). */
  x(r: number, k: number): number;
  w(k: number, c: number): number;
  b(c: number): number;
  /** x and w as they lie in memory. */
  readonly inMemory: { x(i: number): number; w(i: number): number };
}

/** Element (r, c) of y, made in another way. */
const elements =
  (f: (e: Element, size: WorkgroupSize) => number): Twin =>
  ({ x, w, b, y }, { N, I, O }, size) => {
    for (let r = 0; r < N; r++)
      for (let c = 0; c < O; c++)
        y[r * O + c] = f(
          {
            r,
            c,
            N,
            I,
            O,
            x: (r, k) => x[r * I + k],
            w: (k, c) => w[k * O + c],
            b: (c) => b[c],
            inMemory: { x: (i) => x[i], w: (i) => w[i] },
          },
          size,
        );
  };

/** Terms `from` to `to` of an element's sum, without the bias. */
const terms = ({ r, c, x, w }: Element, to: number, from = 0): number =>
  sum(to, (k) => x(r, k) * w(k, c), from);

export const linearForward: KernelTask = {
  name: "linear.forward",
  op: "linear.forward",
  title: "A linear layer",
  asked: "Write `x` · `w` + `b`: element (r, c) of `y` is row r of `x` times column c of `w`, plus `b[c]`.",
  computation: linear.forward,
  grid: gridOfTiles("N", "O"),
  cases: ([x, y]) => {
    const deep = noMultiple(Math.max(LONG, x + 7, y + 7), x, y);
    const whole = multiple(LONG, x, y);
    return [
      { name: "two rows", dims: { N: 2, I: 3, O: 1 }, tolerance: sumTolerance(3) },
      {
        name: "ragged",
        dims: { N: noMultiple(y + 3, y), I: deep, O: noMultiple(x + 5, x) },
        tolerance: sumTolerance(deep),
      },
      { name: "whole workgroups", dims: { N: 2 * y, I: whole, O: 2 * x }, tolerance: sumTolerance(whole) },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "One invocation has one element of `y`. It goes along a row of `x` and down a column of `w`, adds up the I products, and then the bias of its column.",
    },
    {
      title: "the indices",
      text: "The grid has two directions: `id.x` is the column, from 0 to O − 1, and `id.y` the row, from 0 to N − 1. Rows stand one after another in memory, so element (r, k) of `x` is `x[r * I + k]`, and element (k, c) of `w` is `w[k * O + c]`.",
    },
    {
      title: "the guard",
      text: "Tiles stick out at the right edge and at the bottom. An invocation to the right of the last column must not write: its place in memory is the beginning of the next row.",
    },
    {
      title: "the kernel with holes",
      text: holes(kernel, "c >= O || r >= N", "x[r * I + k] * w[k * O + c]", "y[r * O + c]"),
    },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which row and which column of `y` are this invocation's?", "8, 8"),
  spellings: [
    plainText(linear.forward, { N: 32, I: 30, O: 64 }),
    kernel,
    tiled,
    `@compute @workgroup_size(32, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let at = vec2u(group.x * 32u + index % 32u, group.y * 4u + index / 32u);
  if (at.x < O && at.y < N) {
    var sum = 0.0;
    var k = 0u;
    while (k + 4u <= I) {
      let row = at.y * I + k;
      let a = vec4f(x[row], x[row + 1u], x[row + 2u], x[row + 3u]);
      let column = k * O + at.x;
      sum += dot(a, vec4f(w[column], w[column + O], w[column + 2u * O], w[column + 3u * O]));
      k += 4u;
    }
    while (k < I) {
      sum += x[at.y * I + k] * w[k * O + at.x];
      k++;
    }
    y[at.y * O + at.x] = sum + b[at.x];
  }
}`,
    `var<workgroup> row: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  var sum = 0.0;
  for (var first = 0u; first < I; first += 64u) {
    workgroupBarrier();
    if (first + local.x < I) { row[local.x] = x[id.y * I + first + local.x]; }
    workgroupBarrier();
    if (id.x < O) {
      for (var k = 0u; k < min(64u, I - first); k++) { sum += row[k] * w[(first + k) * O + id.x]; }
    }
  }
  if (id.x < O) { y[id.y * O + id.x] = sum + b[id.x]; }
}`,
  ],
  mistakes: [
    wrong(
      "linear.forward.no-bias",
      "Yours stays the same whatever the bias is.",
      elements((e) => terms(e, e.I)),
      changed(kernel, ["var sum = b[c]", "var sum = 0.0"]),
    ),
    wrong(
      "linear.forward.bias-per-term",
      ({ I }) => `The bias is in each element of yours ${I} times, as often as the sum has terms.`,
      elements((e) => terms(e, e.I) + e.I * e.b(e.c)),
      changed(kernel, ["var sum = b[c]", "var sum = 0.0"], ["w[k * O + c];", "w[k * O + c] + b[c];"]),
    ),
    wrong(
      "linear.forward.bias-sign",
      "Each element of yours is off by twice its bias.",
      elements((e) => terms(e, e.I) - e.b(e.c)),
      changed(kernel, ["b[c]", "-b[c]"]),
    ),
    wrong(
      "linear.forward.ends-early",
      ({ I }) => `The last of its ${I} products is missing from each element.`,
      elements((e) => terms(e, e.I - 1) + e.b(e.c)),
      changed(kernel, ["k < I", "k < I - 1u"]),
    ),
    wrong(
      "linear.forward.starts-late",
      ({ I }) => `The first of its ${I} products is missing from each element.`,
      elements((e) => terms(e, e.I, 1) + e.b(e.c)),
      changed(kernel, ["k = 0u", "k = 1u"]),
    ),
    wrong(
      "linear.forward.last-term",
      "Each element of yours is its last product alone: what was in the sum before, bias included, is overwritten.",
      elements((e) => terms(e, e.I, e.I - 1)),
      changed(kernel, ["sum += x", "sum = x"]),
    ),
    wrong(
      "linear.forward.last-term-and-bias",
      "Each element of yours is its last product and the bias: the products before it are overwritten.",
      elements((e) => terms(e, e.I, e.I - 1) + e.b(e.c)),
      changed(
        kernel,
        ["var sum = b[c]", "var sum = 0.0"],
        ["sum += x", "sum = x"],
        ["] = sum", "] = sum + b[c]"],
      ),
    ),
    wrong(
      "linear.forward.w-transposed",
      "Yours reads `w` as if its columns stood one after another in memory: most of its products are with the wrong number of `w`.",
      elements((e) => sum(e.I, (k) => e.x(e.r, k) * e.inMemory.w(e.c * e.I + k)) + e.b(e.c)),
      changed(kernel, ["w[k * O + c]", "w[c * I + k]"]),
    ),
    wrong(
      "linear.forward.x-transposed",
      "Yours reads `x` as if its columns stood one after another in memory: each element gets numbers of other examples.",
      elements((e) => sum(e.I, (k) => e.inMemory.x(k * e.N + e.r) * e.w(k, e.c)) + e.b(e.c)),
      changed(kernel, ["x[r * I + k]", "x[k * N + r]"]),
    ),
    wrong(
      "linear.forward.y-transposed",
      "The numbers are right, but they stand where they belong only if `y` is (O, N).",
      (t, d, size) => {
        const y = Float64Array.from(t.y);
        elements((e) => terms(e, e.I) + e.b(e.c))({ ...t, y }, d, size);
        for (let r = 0; r < d.N; r++) for (let c = 0; c < d.O; c++) t.y[c * d.N + r] = y[r * d.O + c];
      },
      changed(kernel, ["y[r * O + c]", "y[c * N + r]"]),
    ),
    wrong(
      "linear.forward.sum-of-factors",
      "Yours adds each pair of numbers that meet: where a row of `x` is 0, a column of `w` still gets through.",
      elements((e) => sum(e.I, (k) => e.x(e.r, k) + e.w(k, e.c)) + e.b(e.c)),
      changed(kernel, ["x[r * I + k] * w", "x[r * I + k] + w"]),
    ),
    wrong(
      "linear.forward.first-tile",
      "Only the products of the first tile are in the sums; where I is larger than a tile, the rest makes no difference.",
      elements((e, [tile]) => terms(e, Math.min(tile, e.I)) + e.b(e.c)),
      changed(tiled, ["first < I", "first < TILE"]),
    ),
    wrong(
      "linear.forward.last-tile",
      "Only the products of the last tile are in the sums: each tile overwrites what those before it gave.",
      elements((e, [tile]) => terms(e, e.I, e.I - 1 - ((e.I - 1) % tile)) + e.b(e.c)),
      changed(tiled, ["    let across", "    sum = 0.0;\n    let across"]),
    ),
  ],
};
