import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { EPS } from "./batchnorm.wgsl.ts";
import { f32, lines, opaqueOne, range } from "./common.ts";
import { accurateLog, accurateTanh } from "./math.wgsl.ts";
import { type StepLayout, type StepText, stepText } from "./step_layout.ts";

type Sizes = Readonly<Record<string, number>>;
/** The tile that an invocation owns: columns `j` of the hidden layer, and vec4s `q` of each. */
interface Tile {
  readonly own: readonly number[];
  readonly quads: readonly number[];
}

const two = [0, 1];
const four = [0, 1, 2, 3];
const component = (i: number): string => "xyzw"[i];
/** Names of a tile's vec4s, column by column: `y00`, `y01`, …, `y10`, … */
const named = (prefix: string, columns: readonly number[], quads: readonly number[]): string[] =>
  columns.flatMap((j) => quads.map((q) => `${prefix}${j}${q}`));
const sum = (quads: readonly number[], term: (q: number) => string): string => quads.map(term).join(" + ");
/** The sum of a vec4's components. */
const total = (v: string): string => `(${v}.x + ${v}.y) + (${v}.z + ${v}.w)`;

/** Below every logit. */
const NO_LOGIT = -3e38;

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
${crossEntropy(l, t, d)}
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

/** The vec4s of every column move up by one, the first becoming the last: so a loop has one store for all of them. */
const turn = (prefix: string, columns: readonly number[], quads: number): string =>
  lines(
    columns,
    (j) => `        let top${j} = ${prefix}${j}0;
${lines(range(quads - 1), (q) => `        ${prefix}${j}${q} = ${prefix}${j}${q + 1};`)}
        ${prefix}${j}${quads - 1} = top${j};`,
  );

/**
 * `sums` += `count` terms, at most `most`: `per` terms to a partial sum, whose rounding errors then grow with the number of parts
 * and not of terms; see matmul.wgsl.ts.
 */
function inParts(
  i: string,
  { count, most, per }: { count: string; most: number; per: number },
  sums: readonly string[],
  body: (sum: (j: number) => string) => string,
): string {
  if (most <= per)
    return `      for (var ${i} = 0u; ${i} < ${count} * one; ${i}++) {${body((j) => sums[j])}      }`;
  return `      for (var part = 0u; part < ${count}; part += ${per}u) {
${lines(sums, (_, j) => `        var p${j} = vec4f();`)}
        for (var ${i} = part; ${i} < min(part + ${per}u, ${count}) * one; ${i}++) {${body((j) => `p${j}`)}        }
${lines(sums, (s, j) => `        ${s} += p${j};`)}
      }`;
}

/** y: a tile of the hidden layer. Four terms at a time. */
function ownColumns(l: StepLayout, t: StepText, { own, quads }: Tile): string {
  const xs = four.map((u) => t.column(`x${u}`, "operands", `4u * (row0 + k) + ${u}u`, "rb"));
  const names = named("", own, quads);
  return `      // Forward: hprebn = embcat @ W1 + b1. Backward: dh = dlogits @ W2.T
${lines(names, (q) => `      y${q} = vec4f();`)}
      let row0 = back * ${l.inputs}u;
      let terms = select(${l.inputs}u, ${l.classes}u, back == 1u);
${inParts(
  "k",
  { count: "terms", most: Math.max(l.inputs, l.classes), per: 8 },
  named("y", own, quads),
  (into) => `
${lines(own, (j) => `        let w${j} = ${t.weight(`first + ${j}u`, "row0 + k")};`)}
${lines(xs, (x) => `        ${x.load}`)}
${lines(quads, (q) => {
  const term = (j: number, u: number) => `q${u} * w${j}.${component(u)}`;
  return `        { ${four.map((u) => `let q${u} = ${xs[u].quad(q)};`).join(" ")}
${lines(own, (j) => `          ${into(j * quads.length + q)} += (${term(j, 0)} + ${term(j, 1)}) + (${term(j, 2)} + ${term(j, 3)});`)} }`;
})}
`,
)}`;
}

/** Forward: from hprebn in y to bnraw in a, and h in t and y. Backward: from dh in y to dhprebn. */
function batchNorm(l: StepLayout, t: StepText, { own, quads }: Tile, N: number): string {
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

/** Four columns of `product` an invocation, summed over all hidden columns, two terms at a time. */
function otherColumns(l: StepLayout, t: StepText, { quads }: Tile): string {
  const sums = named("z", four, quads);
  const hs = two.map((u) => t.column(`x${u}`, "hidden", `back * ${t.columns}u + 2u * c + ${u}u`, "block"));
  // Subgroups stay together.
  const whole = (n: number) => Math.ceil(n / l.lanes) * l.lanes;
  const pairs = t.columns / 2;
  return `      // Forward: logits = h @ W2. Backward: demb = dhprebn @ W1.T
      let outs = select(${l.classes}u, ${l.inputs}u, back == 1u);
      let out0 = select(${l.inputs}u, 0u, back == 1u);
      let wide = select(${whole(l.classes)}u, ${whole(l.inputs)}u, back == 1u);
      for (var i = index; i < wide * ${l.rowBlocks}u; i += ${t.workgroup}u) {
        let m = i % wide;
        let block = i / wide;
${lines(sums, (z) => `        var ${z} = vec4f();`)}
${inParts(
  "c",
  { count: `${pairs}u`, most: pairs, per: 8 },
  sums,
  (into) => `
${lines(two, (u) => `          let w${u} = ${t.weight(`2u * c + ${u}u`, "out0 + m")}; ${hs[u].load}`)}
${lines(
  quads,
  (q) => `          {
            let h0 = ${hs[0].quad(q)}; let h1 = ${hs[1].quad(q)};
${lines(four, (j) => `            ${into(j * quads.length + q)} += h0 * w0.${component(j)} + h1 * w1.${component(j)};`)}
          }`,
)}
`,
)}
        if (m < outs) {
          for (var q = 0u; q < ${l.quads}u * one; q++) {
${lines(four, (j) => `            ${t.vec("product", `(4u * m + ${j}u) * ${t.batchQuads}u + block * ${l.quads}u + q`)} = z${j}0;`)}
${turn("z", four, l.quads)}
          }
        }
      }`;
}

/** A row an invocation: the loss, and dlogits. */
function crossEntropy(l: StepLayout, t: StepText, { N }: Sizes): string {
  const logit = (v: string) => t.float("product", `${v} * ${4 * t.batchQuads}u + i`);
  return `        ${t.strided(
    N,
    `
          var top = ${f32(NO_LOGIT)};
          for (var v = 0u; v < V * one; v++) {
            let logit = ${logit("v")} + ${t.float("b2", "v")};
            ${logit("v")} = logit;
            top = max(top, logit);
          }
          let y = targets[s * N + i];
          let chosen = ${logit("y")} - top;
          var total = 0.0;
          for (var v = 0u; v < V * one; v++) {
            let e = accurate_exp(${logit("v")} - top);
            ${logit("v")} = e;
            total += e;
          }
          for (var v = 0u; v < V * one; v++) {
            let g = ${f32(1 / N)} * (${logit("v")} / total - select(0.0, 1.0, v == y));
            ${t.float("operands", `(${4 * l.inputs}u + v) * ${4 * t.batchQuads}u + i`)} = g;
          }
          rowLoss[i] = ${f32(1 / N)} * (accurate_log(total) - chosen);
        `,
  )}`;
}

/** W1 and b1 by embcat.T @ dhprebn, W2 by dlogits.T @ h: four rows of each own column at a time. */
function weightGradients(l: StepLayout, t: StepText, { own, quads }: Tile): string {
  const several = l.rowBlocks > 1;
  const xs = four.map((u) => t.column(`x${u}`, "operands", `4u * r + ${u}u`, several ? "b" : "0u"));
  const hidden = (j: number) =>
    t.vec("hidden", `((1u - half) * ${t.columns}u + first + ${j}u) * ${t.batchQuads}u + b * ${l.quads}u + q`);
  // An invocation has its own block of rows, and reads the others.
  const others = `
        for (var q = 0u; q < ${l.quads}u * one; q++) {
${lines(own, (j) => `        y${j}0 = ${hidden(j)};`)}
${turn("y", own, l.quads)}
        }`;
  const block = `${several ? others : ""}
${lines(xs, (x) => `        ${x.load}`)}
${lines(quads, (q) => lines(four, (u) => `        { let x = ${xs[u].quad(q)}; ${own.map((j) => `g${j}${u} += x * y${j}${q};`).join(" ")} }`))}`;
  return `    for (var half = 0u; half < 2u * one; half++) {
      if (half == 1u) {
${lines(named("", own, quads), (q) => `        y${q} = t${q};`)}
      }
      let end = select(${l.inputs}u, ${l.inputs + l.classes}u, half == 1u);
      for (var r = half * ${l.inputs}u + rb; r < end * one; r += ${l.rowBlocks}u) {
${lines(named("g", own, four), (g) => `        var ${g} = vec4f();`)}
${several ? `        for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {${block}\n        }` : block}
${lines(own, (j) => `        ${t.apply(t.weight(`first + ${j}u`, "r"), `vec4f(${four.map((u) => total(`g${j}${u}`)).join(", ")})`)}`)}
      }
    }`;
}
