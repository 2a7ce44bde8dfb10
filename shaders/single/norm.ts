/** The whole step's BatchNorm and tanh, and their backward. */
import { EPS } from "../batchnorm.wgsl.ts";
import { f32, lines, plus } from "../text.ts";
import type { StepLayout } from "./layout.ts";
import { type StepText, sum, type Tile, total, vec4 } from "./text.ts";

/** Forward: from hprebn in `tile` to bnraw, and h in `h` and `tile`. Backward: from dh in `tile` to dhprebn. */
export function batchNorm(l: StepLayout, t: StepText, { columns, vec4s }: Tile, N: number): string {
  const R = 4 * l.quads;
  const ragged = N % R !== 0;
  // Rows of a block that are inside the batch.
  const inside = (block: string) => (ragged ? `f32(min(${R}u, N - ${block} * ${R}u))` : f32(R));
  const masked = (value: string, q: number) =>
    ragged
      ? `${value} * select(vec4f(), vec4f(1.0), vec4u(rb * ${R}u + ${4 * q}u) + vec4u(0u, 1u, 2u, 3u) < vec4u(N))`
      : value;
  const each = (body: (c: number) => string) => lines(columns, (c) => `{\n${body(c)}\n}`);
  const tile = (c: number, q: number) => vec4("tile", c, q);
  const bnraw = (c: number, q: number) => vec4("bnraw", c, q);
  const h = (c: number, q: number) => vec4("h", c, q);
  const partial = (which: number, block: string, c: number) =>
    t.float("partials", `(${which * l.rowBlocks}u + ${block}) * ${t.columns}u + ${plus("first", c)}`);
  const several = l.rowBlocks > 1;
  // Every block gets the sums over all.
  const overBlocks = `
${lines(columns, (c) => `${partial(0, "rb", c)} = sum_a${c};\n${partial(1, "rb", c)} = sum_b${c};\nsum_a${c} = 0.0;\nsum_b${c} = 0.0;`)}
${t.barrier("partials")}
for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {
${lines(columns, (c) => `sum_a${c} += ${partial(0, "b", c)};\nsum_b${c} += ${partial(1, "b", c)};`)}
}`;
  const mean = (block: string, c: number) => partial(2, block, c);
  // From the blocks' own means to the first block's.
  const merged = (c: number) => `let origin = ${mean("0u", c)};
for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {
let rows = ${inside("b")};
let distance = ${mean("b", c)} - origin;
sum_a${c} += rows * distance;
sum_b${c} += distance * (2.0 * ${partial(0, "b", c)} + rows * distance);
}`;
  return `// Two sums down each column. Forward: of the distances of hprebn from the block's own mean, and of their squares. Backward,
// after dhpreact = (1 − h²)·dh: dbnbias and dbngain.
${lines(columns, (c) => `var sum_a${c} = 0.0;\nvar sum_b${c} = 0.0;`)}
if (back == 0u) {
${each(
  (c) => `let sum4 = ${sum(vec4s, (q) => tile(c, q))};
let mean = (${total("sum4")}) * (1.0 / ${inside("rb")});${several ? `\n${mean("rb", c)} = mean;` : ""}
${lines(vec4s, (q) => `${bnraw(c, q)} = ${masked(`(${tile(c, q)} - mean)`, q)};`)}
let rest4 = ${sum(vec4s, (q) => bnraw(c, q))};
sum_a${c} = ${total("rest4")};
let square4 = ${sum(vec4s, (q) => `${bnraw(c, q)} * ${bnraw(c, q)}`)};
sum_b${c} = ${total("square4")};`,
)}
} else {
${each(
  (c) => `${lines(vec4s, (q) => `${tile(c, q)} *= 1.0 - ${h(c, q)} * ${h(c, q)};`)}
let sum4 = ${sum(vec4s, (q) => tile(c, q))};
sum_a${c} = ${total("sum4")};
let product4 = ${sum(vec4s, (q) => `${tile(c, q)} * ${bnraw(c, q)}`)};
sum_b${c} = ${total("product4")};`,
)}
}${several ? overBlocks : ""}
if (back == 0u) {
${each(
  (c) => `${several ? merged(c) : ""}
// What the mean above lacks: rounding leaves a rest, which is not small beside a small deviation.
let rest = sum_a${c} * ${f32(1 / N)};
let bnvar_inv = inverseSqrt(max(sum_b${c} - sum_a${c} * rest, 0.0) * ${f32(1 / (N - 1))} + ${f32(EPS)});
scale${c} = affine${c}.x * bnvar_inv * ${f32(1 / N)};${several ? `\nlet own = ${mean("rb", c)} - origin;` : ""}
${lines(
  vec4s,
  (q) => `${bnraw(c, q)} = (${bnraw(c, q)} - ${several ? "(rest - own)" : "rest"}) * bnvar_inv;
${h(c, q)} = accurate_tanh4(affine${c}.x * ${bnraw(c, q)} + affine${c}.y);
${tile(c, q)} = ${h(c, q)};`,
)}`,
)}
} else {
${each(
  (c) => `dbnbias${c} = sum_a${c};
dbngain${c} = sum_b${c};
${lines(vec4s, (q) => `${tile(c, q)} = scale${c} * (${f32(N)} * ${tile(c, q)} - dbnbias${c} - ${f32(N / (N - 1))} * ${bnraw(c, q)} * dbngain${c});`)}`,
)}
}`;
}
