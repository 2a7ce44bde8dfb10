/** The single-dispatch step's BatchNorm and tanh, and their backward. */
import { EPS } from "./batchnorm.wgsl.ts";
import { f32, lines } from "./common.ts";
import type { StepLayout } from "./step_layout.ts";
import { type StepText, sum, type Tile, total } from "./step_text.ts";

/** Forward: from hprebn in y to bnraw in a, and h in t and y. Backward: from dh in y to dhprebn. */
export function batchNorm(l: StepLayout, t: StepText, { own, quads }: Tile, N: number): string {
  const R = 4 * l.quads;
  const ragged = N % R !== 0;
  // Rows of a block that are inside the batch.
  const inside = (block: string) => (ragged ? `f32(min(${R}u, N - ${block} * ${R}u))` : f32(R));
  const masked = (value: string, q: number) =>
    ragged
      ? `${value} * select(vec4f(), vec4f(1.0), vec4u(rb * ${R}u + ${4 * q}u) + vec4u(0u, 1u, 2u, 3u) < vec4u(N))`
      : value;
  const each = (body: (j: number) => string) => lines(own, (j) => `        {\n${body(j)}\n        }`);
  const partial = (which: number, block: string, j: number) =>
    t.float("partials", `(${which * l.rowBlocks}u + ${block}) * ${t.columns}u + first + ${j}u`);
  // Every block gets the sums over all; the first pass also each block's own variance, whose means are merged below.
  const overBlocks = `
${lines(own, (j) => `      ${partial(0, "rb", j)} = sumA${j}; ${partial(1, "rb", j)} = sumB${j}; sumA${j} = 0.0; sumB${j} = 0.0;`)}
      ${t.barrier("partials")}
      for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {
${lines(own, (j) => `        sumA${j} += ${partial(0, "b", j)}; sumB${j} += ${partial(1, "b", j)};`)}
      }`;
  const merged = (j: number) => `
          // The blocks' variances: their own, and that of their means (Chan, Golub, LeVeque 1979).
          for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {
            let rows = ${inside("b")};
            let distance = ${partial(0, "b", j)} * (1.0 / rows) - mean;
            sumB${j} += rows * distance * distance;
          }`;
  const several = l.rowBlocks > 1;
  return `      // Two sums down each column. Forward: of hprebn, and of its squared distances from the block's own mean. Backward,
      // after dhpreact = (1 − h²)·dh: dbnbias and dbngain.
${lines(own, (j) => `      var sumA${j} = 0.0; var sumB${j} = 0.0;`)}
      if (back == 0u) {
${each(
  (j) => `          let sum4 = ${sum(quads, (q) => `y${j}${q}`)};
          sumA${j} = ${total("sum4")};
          let mean = sumA${j} * (1.0 / ${inside("rb")});
${lines(quads, (q) => `          a${j}${q} = y${j}${q}; let c${q} = ${masked(`(y${j}${q} - mean)`, q)};`)}
          let square4 = ${sum(quads, (q) => `c${q} * c${q}`)};
          sumB${j} = ${total("square4")};`,
)}
      } else {
${each(
  (j) => `${lines(quads, (q) => `          y${j}${q} *= 1.0 - t${j}${q} * t${j}${q};`)}
          let sum4 = ${sum(quads, (q) => `y${j}${q}`)};
          sumA${j} = ${total("sum4")};
          let product4 = ${sum(quads, (q) => `y${j}${q} * a${j}${q}`)};
          sumB${j} = ${total("product4")};`,
)}
      }${several ? overBlocks : ""}
      if (back == 0u) {
${each(
  (j) => `          let mean = sumA${j} * ${f32(1 / N)};${several ? merged(j) : ""}
          let invStd = inverseSqrt(sumB${j} * ${f32(1 / (N - 1))} + ${f32(EPS)});
          scale${j} = affine${j}.x * invStd * ${f32(1 / N)};
${lines(quads, (q) => `          a${j}${q} = (a${j}${q} - mean) * invStd; t${j}${q} = accurate_tanh4(affine${j}.x * a${j}${q} + affine${j}.y); y${j}${q} = t${j}${q};`)}`,
)}
      } else {
${each(
  (j) => `          dbias${j} = sumA${j};
          dgain${j} = sumB${j};
${lines(quads, (q) => `          y${j}${q} = scale${j} * (${f32(N)} * y${j}${q} - dbias${j} - ${f32(N / (N - 1))} * a${j}${q} * dgain${j});`)}`,
)}
      }`;
}
