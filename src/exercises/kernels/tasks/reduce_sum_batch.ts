/** y = x.sum(0): the first kernel whose invocations share memory. */
import { reduce } from "../../../ops/index.ts";
import type { KernelTask, WorkgroupSize } from "../types.ts";
import {
  changed,
  each,
  gridOver,
  holes,
  LONG,
  noMultiple,
  plainText,
  stub,
  sum,
  sumTolerance,
  type Twin,
  wrong,
} from "./entry.ts";

/** A column an invocation. */
const column = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= C) { return; }
  var sum = 0.0;
  for (var r = 0u; r < R; r++) { sum += x[r * C + c]; }
  y[c] = sum;
}`;

/** A column a workgroup, whose invocations add up their sums in a tree. */
export const tree = `var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(1, 64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let c = group.x;
  var sum = 0.0;
  for (var r = index; r < R; r += 64u) { sum += x[r * C + c]; }
  partial[index] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { partial[index] += partial[index + half]; }
  }
  if (index == 0u) { y[c] = partial[0]; }
}`;

/** Columns of other sums, from what of `x` stands where, row r of column c being `x[r * C + c]`. */
const sums = (f: (x: (i: number) => number, c: number, d: { R: number; C: number }) => number): Twin =>
  each("y", ({ x }, c, { R, C }) => f((i) => x[i], c, { R, C }));

/** Sums in which only those rows arrive whose invocation, of those that share a column, is one of these. */
const arriving = (arrives: (invocation: number, of: number) => boolean): Twin =>
  each("y", ({ x }, c, { R, C }, [, y, z]: WorkgroupSize) =>
    sum(R, (r) => (arrives(r % (y * z), y * z) ? x[r * C + c] : 0)),
  );

export const sumBatch: KernelTask = {
  name: "reduce.sum_batch",
  op: "reduce.sum_batch",
  title: "The sum over the batch",
  asked:
    "Write the sum of each column of `x` to `y`. An invocation may have a column to itself; faster, and what this exercise is for, is a workgroup whose invocations share one.",
  computation: reduce.sumBatch,
  grid: gridOver("column", "C"),
  cases: ([x, y, z]) => {
    const shared = y * z;
    // Invocations that share a column have more than the 16 rows that the plain kernel sums in a block.
    const ragged = noMultiple(Math.max(LONG, 17 * shared + 3), shared);
    return [
      { name: "two rows", dims: { R: 2, C: 3 }, tolerance: sumTolerance(2) },
      { name: "ragged", dims: { R: ragged, C: noMultiple(x + 5, x) }, tolerance: sumTolerance(ragged) },
      { name: "whole workgroups", dims: { R: 4 * shared, C: 2 * x }, tolerance: sumTolerance(4 * shared) },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "With `@workgroup_size(1, 64)` there is a workgroup for each column. Each of its 64 invocations adds up the rows that are its own: its number, its number + 64, + 128, and so on. Then the 64 sums have to become one.",
    },
    {
      title: "the indices",
      text: "The column is `workgroup_id.x`, and the invocation's number in its workgroup is `local_invocation_index`. Row r of column c stands at `x[r * C + c]`.",
    },
    {
      title: "the guard",
      text: "x is 1, so there are just as many workgroups as columns, and no column needs a guard. The loop over the rows ends at R by itself: where R is 2, most invocations have no row, and their sum is 0.",
    },
    {
      title: "workgroup memory",
      text: "`var<workgroup> partial: array<f32, 64>;` is memory that the invocations of a workgroup share. Each writes its sum into its own place. Then half of the invocations add the other half's sums to their own, then a quarter, and so on, until all is in `partial[0]`. Whoever reads what another invocation wrote has to wait for it: `workgroupBarrier();` lets nobody on before all have come.",
    },
    {
      title: "the kernel with holes",
      text: holes(tree, "r += 64u", "workgroupBarrier();", "partial[index + half]", "index == 0u"),
    },
    { title: "the kernel", text: tree },
  ],
  stub: stub("Which column does this invocation work on, and which of its rows?"),
  spellings: [
    // Of 64 invocations for each column: here x says how many columns a workgroup has, and the plain kernel's has one.
    changed(plainText(reduce.sumBatch, { R: 1, C: 1 }), ["@workgroup_size(64)", "@workgroup_size(1, 64)"]),
    tree,
    column,
    `var<workgroup> partial: array<array<f32, 16>, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let c = id.x;
  var sum = 0.0;
  if (c < C) {
    for (var r = local.y; r < R; r += 16u) { sum += x[r * C + c]; }
  }
  partial[local.y][local.x] = sum;
  workgroupBarrier();
  if (local.y > 0u || c >= C) { return; }
  var all = 0.0;
  for (var k = 0u; k < 16u; k++) { all += partial[k][local.x]; }
  y[c] = all;
}`,
    `var<workgroup> partial: array<f32, 32>;

@compute @workgroup_size(1, 32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let share = (R + 31u) / 32u;
  for (var r = id.y * share; r < min(R, (id.y + 1u) * share); r++) {
    partial[id.y] += x[r * C + id.x];
  }
  workgroupBarrier();
  if (id.y == 0u) {
    var sum = 0.0;
    for (var k = 0u; k < 32u; k++) { sum += partial[k]; }
    y[id.x] = sum;
  }
}`,
  ],
  mistakes: [
    wrong(
      "reduce.sum_batch.mean",
      ({ R }) => `Every number of yours is ${R} times too small, and R is ${R} here.`,
      sums((x, c, { R, C }) => sum(R, (r) => x(r * C + c)) / R),
      changed(column, ["y[c] = sum", "y[c] = sum / f32(R)"]),
    ),
    wrong(
      "reduce.sum_batch.ends-early",
      "The last row is missing from every sum.",
      sums((x, c, { R, C }) => sum(R - 1, (r) => x(r * C + c))),
      changed(column, ["r < R", "r < R - 1u"]),
    ),
    wrong(
      "reduce.sum_batch.starts-late",
      "The first row is missing from every sum.",
      sums((x, c, { R, C }) => sum(R, (r) => x(r * C + c), 1)),
      changed(column, ["r = 0u", "r = 1u"]),
    ),
    wrong(
      "reduce.sum_batch.last-row",
      "Yours is the last row of `x`: what the rows before it gave is overwritten.",
      sums((x, c, { R, C }) => x((R - 1) * C + c)),
      changed(column, ["sum += x", "sum = x"]),
    ),
    wrong(
      "reduce.sum_batch.first-row",
      "Yours is the first row of `x`, and the others make no difference.",
      sums((x, c) => x(c)),
      changed(column, ["r < R", "r < 1u"]),
    ),
    wrong(
      "reduce.sum_batch.neighbours",
      ({ R }) =>
        `Each sum of yours is of ${R} numbers that stand next to each other in memory, and those come from different columns.`,
      sums((x, c, { R }) => sum(R, (r) => x(c * R + r))),
      changed(column, ["x[r * C + c]", "x[c * R + r]"]),
    ),
    wrong(
      "reduce.sum_batch.everything",
      "Every number of yours is the same: the sum of all of `x`.",
      sums((x, _, { R, C }) => sum(R * C, x)),
      changed(column, ["r < R", "r < R * C"], ["x[r * C + c]", "x[r]"]),
    ),
    wrong(
      "reduce.sum_batch.running",
      "Each number of yours has the columns before it in it as well.",
      sums((x, c, { R, C }) => sum(c + 1, (k) => sum(R, (r) => x(r * C + k)))),
      changed(column, [
        "for (var r = 0u; r < R; r++) { sum += x[r * C + c]; }",
        "for (var k = 0u; k <= c; k++) {\n    for (var r = 0u; r < R; r++) { sum += x[r * C + k]; }\n  }",
      ]),
    ),
    wrong(
      "reduce.sum_batch.first-invocation",
      "Yours is what one invocation of each column has added up. What the others of its workgroup have never arrives.",
      arriving((k) => k === 0),
      changed(tree, ["if (index < half) { partial[index] += partial[index + half]; }", ""]),
    ),
    wrong(
      "reduce.sum_batch.tree-starts-late",
      "What the second half of a workgroup's invocations have added up never arrives.",
      arriving((k, of) => k < of / 2),
      changed(tree, ["half = 32u", "half = 16u"]),
    ),
    wrong(
      "reduce.sum_batch.tree-ends-early",
      "What every other invocation of a workgroup has added up never arrives.",
      arriving((k) => k % 2 === 0),
      changed(tree, ["half > 0u", "half > 1u"]),
    ),
  ],
};
