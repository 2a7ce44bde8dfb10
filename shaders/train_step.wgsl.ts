import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { lines, opaqueOne, range } from "./common.ts";
import { accurateLog, accurateTanh } from "./math.wgsl.ts";
import type { StepLayout } from "./step_layout.ts";
import { crossEntropy } from "./step_loss.ts";
import { batchNorm } from "./step_norm.ts";
import { otherColumns, ownColumns, weightGradients } from "./step_products.ts";
import { named, stepText, total, turn } from "./step_text.ts";

type Sizes = Readonly<Record<string, number>>;

/**
 * Exercise 4's whole step in one workgroup: gather, linear, BatchNorm, tanh, linear, softmax-cross-entropy, all of the
 * backward pass and SGD, step after step until lr[s] is 0 or S is reached.
 *
 * tokens (S,N,T) · targets (S,N) · lr (S) · C (V,E), W1 (K,H), tail (b1, W2, b2, bngain, bnbias), updated → loss (S).
 * Grid: one workgroup. 7 barriers a step, and 2 where the batch takes several blocks of rows; every sum in a fixed order.
 *
 * An invocation owns whole columns of the hidden layer, so that BatchNorm needs nobody else. Forward and backward have the same products,
 * so a step is twice the same text: a tile of the hidden layer from activations and weights, BatchNorm's two column sums, a product
 * with the other weights. Software devices compile a text in time that grows with the square of its loads and stores, and spend most
 * of a step on them: the text has few, in short loops, and of what a subgroup shares each invocation reads a part.
 */
export function trainStep(l: StepLayout, d: Sizes): string {
  const { N, T, V, E } = d;
  const t = stepText(l);
  const tile = { own: range(l.own), quads: range(l.quads) };
  const owned = Object.entries(l.areas).filter(([, a]) => a.inWorkgroup);
  // Floats of a column of the batch, and of the weights; rows of the latter.
  const [batch, rows] = [4 * t.batchQuads, 4 * t.weightQuads];
  const [rowW2, rowGain] = [4 * l.inputs, rows - 4];
  const gain = (j: number) => t.weight(`first + ${j}u`, `${t.weightQuads - 1}u`);

  return wgsl`${accurateTanh}${accurateLog}
${owned.map(([name, a]) => `var<workgroup> ${name}: array<vec4f, ${a.size}>;`).join("\n")}
var<workgroup> rowLoss: array<f32, N>;

// Offset in tail of column c of row r of the weights, for rows behind W1.
fn tail_offset(r: u32, c: u32) -> u32 {
  if (r < ${rowW2}u) { return ${l.offsets.b1}u + c; }
  if (r < ${rowGain}u) { return ${l.offsets.W2}u + c * V + (r - ${rowW2}u); }
  return select(${l.offsets.bnbias}u, ${l.offsets.bngain}u, r == ${rowGain}u) + c;
}
// Whether a row of the weights holds parameters, or fills up a vec4.
fn is_row(r: u32) -> bool {
  return r <= K || (r >= ${rowW2}u && r < ${rowW2}u + V) || (r >= ${rowGain}u && r < ${rowGain}u + 2u);
}

@compute @workgroup_size(${t.workgroup})
fn main(@builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) index: u32) {
  let one = ${opaqueOne};
  let lane = index % ${l.lanes}u;
  let first = index % ${l.owners}u * ${l.own}u;
  let rb = index / ${l.owners}u;
  ${t.strided(
    rows * t.columns,
    `
    let r = i % ${rows}u;
    let c = i / ${rows}u;
    var value = 0.0;
    if (c < H && is_row(r)) {
      if (r < K) { value = W1[r * H + c]; } else { value = tail[tail_offset(r, c)]; }
    }
    ${t.float("weights", "i")} = value;
  `,
  )}
  ${t.strided(V, ` ${t.float("b2", "i")} = tail[${l.offsets.b2}u + i]; `)}
  ${t.strided(V * E, ` ${t.float("table", "i")} = 0.0; `)}
  // What no step writes again: the column of ones, the columns that fill up a vec4, the rows past N.
  ${t.strided(
    (rowW2 + 4 * l.classes) * batch,
    ` ${t.float("operands", "i")} = select(0.0, 1.0, i / ${batch}u == K && i % ${batch}u < N); `,
  )}
  ${t.barrier("weights", "b2", "table", "operands")}

  for (var s = 0u; s < S; s++) {
    let rate = lr[s];
    if (rate == 0.0) { break; }

    // emb = C[Xb]
    ${t.strided(
      N * T,
      `
      let token = tokens[s * N * T + i] * E;
      for (var e = 0u; e < E * one; e++) {
        ${t.float("operands", `(i % T * E + e) * ${batch}u + i / T`)} = C[token + e];
      }
    `,
    )}
${lines(tile.own, (j) => `    let affine${j} = ${gain(j)}; var scale${j} = 0.0; var dgain${j} = 0.0; var dbias${j} = 0.0;`)}
    // bnraw, h, and what the products make.
${lines(named("", tile.own, tile.quads), (q) => `    var a${q} = vec4f(); var t${q} = vec4f(); var y${q} = vec4f();`)}

    for (var back = 0u; back < 2u * one; back++) {
      ${t.barrier("operands", "rowLoss")}
${ownColumns(l, t, tile)}
${batchNorm(l, t, tile, N)}
      for (var q = 0u; q < ${l.quads}u * one; q++) {
${lines(tile.own, (j) => `        ${t.vec("hidden", `(back * ${t.columns}u + first + ${j}u) * ${t.batchQuads}u + rb * ${l.quads}u + q`)} = y${j}0;`)}
${turn("y", tile.own, l.quads)}
      }
      ${t.barrier("hidden")}
${otherColumns(l, t, tile)}
      ${t.barrier("product")}
      if (back == 0u) {
${crossEntropy(l, t, N)}
      }
    }

${weightGradients(l, t, tile)}
    if (rb == 0u) {
${lines(tile.own, (j) => `      ${t.apply(gain(j), `vec4f(dgain${j}, dbias${j}, 0.0, 0.0)`)}`)}
    }
    ${t.strided(
      V,
      `
      var sum4 = vec4f();
      for (var q = 0u; q < ${t.batchQuads}u * one; q++) { sum4 += ${t.vec("operands", `(${rowW2}u + i) * ${t.batchQuads}u + q`)}; }
      ${t.apply(t.float("b2", "i"), total("sum4"))}
    `,
    )}
    // dC, a column of the table an invocation: positions in order, no atomics
    ${t.strided(
      E,
      `
      for (var n = 0u; n < N * one; n++) {
        for (var p = 0u; p < T * one; p++) {
          ${t.float("table", "tokens[(s * N + n) * T + p] * E + i")} += ${t.float("product", `(p * E + i) * ${batch}u + n`)};
        }
      }
      for (var v = 0u; v < V * one; v++) {
        let g = ${t.float("table", "v * E + i")};
        ${t.float("table", "v * E + i")} = 0.0;
        ${t.apply("C[v * E + i]", "g")}
      }
    `,
    )}
    if (index == 0u) {
      var total = 0.0;
      for (var n = 0u; n < N * one; n++) { total += rowLoss[n]; }
      loss[s] = total;
    }
    ${t.barrier("weights", "b2", "table")}
  }

  ${t.strided(
    rows * t.columns,
    `
    let r = i % ${rows}u;
    let c = i / ${rows}u;
    if (c < H && is_row(r)) {
      let value = ${t.float("weights", "i")};
      if (r < K) { W1[r * H + c] = value; } else { tail[tail_offset(r, c)] = value; }
    }
  `,
  )}
  ${t.strided(V, ` tail[${l.offsets.b2}u + i] = ${t.float("b2", "i")}; `)}
}`;
}
