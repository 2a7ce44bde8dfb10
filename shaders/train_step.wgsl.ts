import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { EPS } from "./batchnorm.wgsl.ts";
import { f32, opaqueOne } from "./common.ts";
import { accurateLog, accurateTanh } from "./math.wgsl.ts";

/** An array of vec4 in workgroup memory, or a part of `scratch`. */
export interface Area {
  /** Vec4s. */
  readonly size: number;
  readonly inWorkgroup: boolean;
  /** Where it begins in `scratch`. */
  readonly base: number;
}

/** Sizes of a step and where things lie; all baked into the text. */
export interface StepLayout {
  /** Invocations; each owns one tile of `rows` × 4 columns of the hidden layer. */
  readonly workgroup: number;
  /** Rows of a tile, 4 or 8. */
  readonly rows: 4 | 8;
  /** Tiles: blocks of rows times blocks of 4 columns. */
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Blocks of 4 columns of embcat with its column of ones, and of the logits; even, as columnBlocks is, for tiles of 8. */
  readonly inputs: number;
  readonly classes: number;
  /** Offsets in `tail` of what follows W1 in the arena of parameters. */
  readonly offsets: Readonly<Record<"b1" | "W2" | "b2" | "bngain" | "bnbias", number>>;
  readonly areas: Readonly<
    Record<"weights" | "b2" | "table" | "hidden" | "partials" | "byColumn" | "byRow" | "product", Area>
  >;
  /** Replace every parameter by its gradient instead of updating it: what `check` looks at. */
  readonly gradients: boolean;
}

const four = [0, 1, 2, 3];
const two = [0, 1];
const eight = [0, 1, 2, 3, 4, 5, 6, 7];
const lines = <T>(items: readonly T[], line: (item: T, i: number) => string): string =>
  items.map(line).join("\n");

/** The sums of a tile of 8 rows × 2 vec4: `z00`, `z01`, `z10`, … `z71`. */
const wide = (name: string): string[] => eight.flatMap((row) => [`${name}${row}0`, `${name}${row}1`]);

/**
 * `body` for each `row` of a tile of `width` sums a row, which it finds in the place of the first row's: rows move up, so that the text
 * has one store.
 */
const rowByRow = (
  sums: readonly string[],
  width: number,
  body: string,
): string => `for (var row = 0u; row < ${sums.length / width}u * one; row++) {
${body}
${lines(sums.slice(width), (next, t) => `          ${sums[t]} = ${next};`)}
        }`;
const xyzw = ["x", "y", "z", "w"];

/** Added to the logits of classes that only fill up a vec4: their exponentials are 0. */
const NO_CLASS = -1e30;

/**
 * Exercise 4's whole step in one workgroup: gather, linear, BatchNorm, tanh, linear, softmax-cross-entropy, all of the
 * backward pass and SGD, step after step until lr[s] is 0 or S is reached.
 *
 * tokens (S,N,T) · targets (S,N) · lr (S) · C (V,E), W1 (K,H), tail (b1, W2, b2, bngain, bnbias), updated → loss (S).
 * Grid: one workgroup. 9 barriers a step; every sum in a fixed order. Forward and backward have the same products, so a
 * step is twice the same text: a tile of the hidden layer from activations and weights, BatchNorm's two column sums, a
 * product with the other weights. Software devices compile a text in time that grows with the square of its loads and
 * stores, and spend most of a step on them.
 *
 * Areas, in vec4, padded with zeros to whole tiles of 8×8:
 * - `weights`, rows of H: W1, b1 (as the weights of a column of ones), W2ᵀ, bngain, bnbias; written back at the end
 * - `byColumn` (embcat with its ones, then dlogits; one column after another) and `byRow` (the same, row by row): one
 *   order for products that sum over columns, one for those over rows
 * - `table`: dC, zero between steps · `hidden`: h, then dhprebn, row by row · `product`: logits, later demb · `partials`: sums of a tile's columns
 */
export function trainStep(l: StepLayout, d: Readonly<Record<string, number>>): string {
  const { N, T, V, E } = d;
  const CB = l.columnBlocks;
  const R = l.rows;
  const tile = Array.from({ length: R }, (_, i) => i);
  const quads = Array.from({ length: R / 4 }, (_, i) => i);
  const N4 = (l.rowBlocks * R) / 4;
  const Q = l.inputs + l.classes;
  // Vec4s of a row of the products.
  const P = Math.max(l.inputs, l.classes);
  // Vec4s of a row of dC.
  const EQ = Math.ceil(E / 4);
  const ragged = N % R !== 0;
  const place = (name: keyof StepLayout["areas"], index: string): string => {
    const { inWorkgroup, base } = l.areas[name];
    return inWorkgroup ? `${name}[${index}]` : `scratch[${base}u + ${index}]`;
  };
  const owned = Object.entries(l.areas).filter(([, a]) => a.inWorkgroup);
  // Makes what was written to these areas seen by all; software devices compile every barrier at length.
  const barrier = (...written: readonly (keyof StepLayout["areas"] | "rowLoss")[]) => {
    const inWorkgroup = written.map((name) => name === "rowLoss" || l.areas[name].inWorkgroup);
    const kinds = new Set(inWorkgroup.map((yes) => (yes ? "workgroupBarrier();" : "storageBarrier();")));
    return [...kinds].join(" ");
  };
  const apply = (p: string, g: string) => (l.gradients ? `${p} = ${g};` : `${p} -= rate * (${g});`);
  const strided = (count: number, body: string) =>
    `for (var i = index; i < ${count}u; i += ${l.workgroup}u) {${body}}`;
  // Rows of a tile that are inside the batch.
  const inside = (block: string) => (ragged ? `f32(min(${R}u, N - ${block} * ${R}u))` : f32(R));
  // Rows of the weights.
  const [rowW2, rowGain] = [4 * l.inputs, 4 * Q];

  // A sum into the vec4s `sums` of `count` terms, at most `most`; `per` terms to a partial sum: see matmul.wgsl.ts for why.
  const inParts = (
    i: string,
    { count, most, per }: { count: string; most: number; per: number },
    sums: readonly string[],
    body: (sum: (j: number) => string) => string,
  ) =>
    most <= per
      ? `for (var ${i} = 0u; ${i} < ${count} * one; ${i}++) {${body((j) => sums[j])}}`
      : `for (var part = 0u; part < ${count}; part += ${per}u) {
${sums.map((_, j) => `        var p${j} = vec4f();`).join("\n")}
      for (var ${i} = part; ${i} < min(part + ${per}u, ${count}) * one; ${i}++) {${body((j) => `p${j}`)}}
${sums.map((sum, j) => `        ${sum} += p${j};`).join("\n")}
      }`;
  // Loops over terms take two at a time, past the last one a zero: software devices keep the sums in memory.
  const pairs = (terms: number) => Math.ceil(terms / 2);
  const named = (prefix: string, rows: readonly number[]) => rows.map((j) => `${prefix}${j}`);

  return wgsl`${accurateTanh}${accurateLog}
const CB = ${CB}u; const N4 = ${N4}u; const TILES = ${l.rowBlocks * CB}u;
${owned.map(([name, a]) => `var<workgroup> ${name}: array<vec4f, ${a.size}>;`).join("\n")}
var<workgroup> rowLoss: array<f32, N>;

// Offset in tail of column c of row r of the weights, for rows behind W1.
fn tail_offset(r: u32, c: u32) -> u32 {
  if (r < ${rowW2}u) { return ${l.offsets.b1}u + c; }
  if (r < ${rowGain}u) { return ${l.offsets.W2}u + c * V + (r - ${rowW2}u); }
  return select(${l.offsets.bnbias}u, ${l.offsets.bngain}u, r == ${rowGain}u) + c;
}
// Whether a row of the weights holds parameters, or fills up a block of 4.
fn is_row(r: u32) -> bool {
  return r <= K || (r >= ${rowW2}u && r < ${rowW2}u + V) || r >= ${rowGain}u;
}

@compute @workgroup_size(${l.workgroup})
fn main(@builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) index: u32) {
  let one = ${opaqueOne};
  let cb = index % CB;
  let rb = index / CB;
  let owns = index < TILES;
  ${strided(
    (rowGain + 2) * 4 * CB,
    `
    let r = i / (4u * CB);
    let c = i % (4u * CB);
    var value = 0.0;
    if (c < H && is_row(r)) {
      if (r < K) { value = W1[r * H + c]; } else { value = tail[tail_offset(r, c)]; }
    }
    ${place("weights", "i / 4u")}[i % 4u] = value;
  `,
  )}
  ${strided(
    4 * l.classes,
    `
    var value = ${f32(NO_CLASS)};
    if (i < V) { value = tail[${l.offsets.b2}u + i]; }
    ${place("b2", "i / 4u")}[i % 4u] = value;
  `,
  )}
  ${strided(V * EQ, ` ${place("table", "i")} = vec4f(); `)}
  // What no step writes again: the column of ones, the columns that fill up a block, the rows past N.
  ${strided(
    4 * N4 * 4 * l.inputs,
    `
    let n = i / ${4 * l.inputs}u;
    let k = i % ${4 * l.inputs}u;
    let value = select(0.0, 1.0, k == K && n < N);
    ${place("byRow", `n * ${Q}u + k / 4u`)}[k % 4u] = value;
    ${place("byColumn", "k * N4 + n / 4u")}[n % 4u] = value;
  `,
  )}
  ${barrier("weights", "b2", "table", "byRow", "byColumn")}

  for (var s = 0u; s < S; s++) {
    let rate = lr[s];
    if (rate == 0.0) { break; }

    // emb = C[Xb]
    ${strided(
      N * T,
      `
      let n = i / T;
      let token = tokens[s * N * T + i] * E;
      for (var e = 0u; e < E * one; e++) {
        let k = i % T * E + e;
        let value = C[token + e];
        ${place("byRow", `n * ${Q}u + k / 4u`)}[k % 4u] = value;
        ${place("byColumn", "k * N4 + n / 4u")}[n % 4u] = value;
      }
    `,
    )}
    let gain = ${place("weights", `${rowGain}u * CB + cb`)};
    let bias = ${place("weights", `${rowGain + 1}u * CB + cb`)};
    var scale = vec4f();
    var dgain = vec4f();
    var dbias = vec4f();
${lines(tile, (i) => `    var a${i} = vec4f(); var t${i} = vec4f();`)}

    for (var back = 0u; back < 2u * one; back++) {
      ${barrier("byRow", "byColumn", "rowLoss")}
      // Forward: hprebn = embcat @ W1 + b1. Backward: dh = dlogits @ W2.T
${lines(tile, (i) => `      var y${i} = vec4f();`)}
      let row0 = back * ${rowW2}u;
      let terms = select(K + 1u, V, back == 1u);
      if (owns) {
      ${inParts(
        "pair",
        { count: "(terms + 1u) / 2u", most: pairs(Math.max(T * E + 1, V)), per: 8 },
        named("y", tile),
        (sum) => `
        let k = row0 + 2u * pair;
${lines(two, (u) => `        let w${u} = ${place("weights", `(k + ${u}u) * CB + cb`)}; ${quads.map((q) => `let x${u}${q} = ${place("byColumn", `(k + ${u}u) * N4 + rb * ${R / 4}u + ${q}u`)};`).join(" ")}`)}
${lines(tile, (i) => `        ${sum(i)} += ${two.map((u) => `x${u}${i >> 2}.${xyzw[i & 3]} * w${u}`).join(" + ")};`)}
      `,
      )}
      }
      // Two sums down each column. Forward: of hprebn, and of its squared distances from the tile's own mean. Backward,
      // after dhpreact = (1 − h²)·dh: dbnbias and dbngain.
      var sumA = vec4f();
      var sumB = vec4f();
      if (back == 0u) {
${lines(tile, (i) => `        a${i} = y${i};`)}
        sumA = ${tile.map((i) => `a${i}`).join(" + ")};
        let mean = sumA * (1.0 / ${inside("rb")});
${lines(tile, (i) => `        let c${i} = ${ragged ? `(a${i} - mean) * select(0.0, 1.0, rb * ${R}u + ${i}u < N)` : `a${i} - mean`};`)}
        sumB = ${tile.map((i) => `c${i} * c${i}`).join(" + ")};
      } else {
${lines(tile, (i) => `        y${i} *= 1.0 - t${i} * t${i};`)}
        sumA = ${tile.map((i) => `y${i}`).join(" + ")};
        sumB = ${tile.map((i) => `y${i} * a${i}`).join(" + ")};
      }
      if (owns) { ${place("partials", "index")} = sumA; ${place("partials", "TILES + index")} = sumB; }
      ${barrier("partials")}
      sumA = vec4f();
      sumB = vec4f();
      for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {
        sumA += ${place("partials", "b * CB + cb")};
        sumB += ${place("partials", "TILES + b * CB + cb")};
      }
      if (back == 0u) {
        // The tiles' variances merged: their own, and that of their means (Chan, Golub, LeVeque 1979).
        let mean = sumA * ${f32(1 / N)};
        for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {
          let rows = ${inside("b")};
          let distance = ${place("partials", "b * CB + cb")} * (1.0 / rows) - mean;
          sumB += rows * distance * distance;
        }
        let invStd = inverseSqrt(sumB * ${f32(1 / (N - 1))} + ${f32(EPS)});
        scale = gain * invStd * ${f32(1 / N)};
        // From here on a is bnraw, and t is h.
${lines(tile, (i) => `        a${i} = (a${i} - mean) * invStd; t${i} = accurate_tanh4(gain * a${i} + bias); y${i} = t${i};`)}
      } else {
        dbias = sumA;
        dgain = sumB;
${lines(tile, (i) => `        y${i} = scale * (${f32(N)} * y${i} - dbias - ${f32(N / (N - 1))} * a${i} * dgain);`)}
      }
      if (owns) {
        let first = (back * ${4 * N4}u + rb * ${R}u) * CB + cb;
        ${rowByRow(named("y", tile), 1, `          ${place("hidden", "first + row * CB")} = y0;`)}
      }
      ${barrier("hidden")}

      // Forward: logits = h @ W2. Backward: demb = dhprebn @ W1.T. Tiles of 8 rows × 8 columns.
      let blocks = select(${l.classes / 2}u, ${l.inputs / 2}u, back == 1u);
      let block0 = select(${l.inputs}u, 0u, back == 1u);
      for (var i = index; i < blocks * ${N4 / 2}u; i += ${l.workgroup}u) {
        let n = i % ${N4 / 2}u * 8u;
        let m = i / ${N4 / 2}u * 2u;
${lines(wide("z"), (z) => `        var ${z} = vec4f();`)}
        ${inParts(
          "c",
          { count: "CB", most: CB, per: 4 },
          wide("z"),
          (sum) => `
${lines(eight, (j) => `          let h${j} = ${place("hidden", `(back * ${4 * N4}u + n + ${j}u) * CB + c`)}; let w${j} = ${place("weights", `((block0 + m) * 4u + ${j}u) * CB + c`)};`)}
${lines(wide(""), (_, t) => `          ${sum(t)} += vec4f(${four.map((j) => `dot(h${t >> 1}, w${4 * (t & 1) + j})`).join(", ")});`)}
        `,
        )}
        ${rowByRow(
          wide("z"),
          2,
          lines(two, (q) => `          ${place("product", `(n + row) * ${P}u + m + ${q}u`)} = z0${q};`),
        )}
      }
      ${barrier("product")}

      if (back == 0u) {
        // Softmax cross-entropy, a row an invocation: the loss, and dlogits in both orders. Rows past N stay zero.
        ${strided(
          4 * N4,
          `
        let row = i * ${P}u;
        var top4 = vec4f(${f32(NO_CLASS)});
        for (var v = 0u; v < ${l.classes}u * one; v++) {
          let logit = ${place("product", "row + v")} + ${place("b2", "v")};
          ${place("product", "row + v")} = logit;
          top4 = max(top4, logit);
        }
        let top = max(max(top4.x, top4.y), max(top4.z, top4.w));
        let y = targets[s * N + min(i, N - 1u)];
        let chosen = ${place("product", "row + y / 4u")}[y % 4u] - top;
        var total4 = vec4f();
        for (var v = 0u; v < ${l.classes}u * one; v++) {
          let e = accurate_exp4(${place("product", "row + v")} - top);
          ${place("product", "row + v")} = e;
          total4 += e;
        }
        let total = (total4.x + total4.y) + (total4.z + total4.w);
        let share = select(0.0, ${f32(1 / N)}, i < N);
        for (var v = 0u; v < ${l.classes}u * one; v++) {
          let hot = select(vec4f(), vec4f(1.0), vec4u(4u * v) + vec4u(0u, 1u, 2u, 3u) == vec4u(y));
          let g = share * (${place("product", "row + v")} / total - hot);
          ${place("byRow", `i * ${Q}u + ${l.inputs}u + v`)} = g;
          for (var j = 0u; j < 4u * one; j++) { ${place("byColumn", `(${rowW2}u + v * 4u + j) * N4 + i / 4u`)}[i % 4u] = g[j]; }
        }
        if (i < N) { rowLoss[i] = share * (accurate_log(total) - chosen); }
        `,
        )}
      }
    }

    // Everything is known: W1 and b1 by embcat.T @ dhprebn, W2 by dlogits.T @ h, in tiles of 8 rows × 8 columns
    ${strided(
      (Q * CB) / 4,
      `
      let m = i / ${CB / 2}u * 2u;
      let c = i % ${CB / 2}u * 2u;
      let hidden0 = select(${4 * N4}u, 0u, m >= ${l.inputs}u) * CB + c;
${lines(wide("w"), (w) => `      var ${w} = vec4f();`)}
      ${inParts(
        "pair",
        { count: `${pairs(N)}u`, most: pairs(N), per: 16 },
        wide("w"),
        (sum) => `
        let n = 2u * pair;
${lines(two, (u) => `        ${two.map((q) => `let x${u}${q} = ${place("byRow", `(n + ${u}u) * ${Q}u + m + ${q}u`)}; let y${u}${q} = ${place("hidden", `hidden0 + (n + ${u}u) * CB + ${q}u`)};`).join(" ")}`)}
${lines(wide(""), (_, t) => `        ${sum(t)} += ${two.map((u) => `x${u}${t >> 3}.${xyzw[(t >> 1) & 3]} * y${u}${t & 1}`).join(" + ")};`)}
      `,
      )}
      ${rowByRow(
        wide("w"),
        2,
        lines(
          two,
          (q) => `          ${apply(place("weights", `(m * 4u + row) * CB + c + ${q}u`), `w0${q}`)}`,
        ),
      )}
    `,
    )}
    if (rb == 0u) {
      ${apply(place("weights", `${rowGain}u * CB + cb`), "dgain")}
      ${apply(place("weights", `${rowGain + 1}u * CB + cb`), "dbias")}
    }
    ${strided(
      l.classes,
      `
      var total = vec4f();
      for (var n = 0u; n < N * one; n++) { total += ${place("byRow", `n * ${Q}u + ${l.inputs}u + i`)}; }
      ${apply(place("b2", "i"), "total")}
    `,
    )}
    // dC, four columns of the table an invocation: positions in order, no atomics
    ${strided(
      EQ,
      `
      for (var p = 0u; p < N * T; p++) {
        let k = p % T * E + 4u * i;
        var g = vec4f();
        for (var j = 0u; j < min(4u, E - 4u * i) * one; j++) {
          let value = ${place("product", `p / T * ${P}u + (k + j) / 4u`)}[(k + j) % 4u];
          g = select(g, vec4f(value), vec4u(0u, 1u, 2u, 3u) == vec4u(j));
        }
        ${place("table", `tokens[s * N * T + p] * ${EQ}u + i`)} += g;
      }
      for (var v = 0u; v < V; v++) {
        let g = ${place("table", `v * ${EQ}u + i`)};
        ${place("table", `v * ${EQ}u + i`)} = vec4f();
        for (var j = 0u; j < min(4u, E - 4u * i) * one; j++) { ${apply("C[v * E + 4u * i + j]", "g[j]")} }
      }
    `,
    )}
    if (index == 0u) {
      var total = 0.0;
      for (var n = 0u; n < N * one; n++) { total += rowLoss[n]; }
      loss[s] = total;
    }
    ${barrier("weights", "b2", "table")}
  }

  ${strided(
    (rowGain + 2) * 4 * CB,
    `
    let r = i / (4u * CB);
    let c = i % (4u * CB);
    if (c < H && is_row(r)) {
      let value = ${place("weights", "i / 4u")}[i % 4u];
      if (r < K) { W1[r * H + c] = value; } else { tail[tail_offset(r, c)] = value; }
    }
  `,
  )}
  ${strided(V, ` tail[${l.offsets.b2}u + i] = ${place("b2", "i / 4u")}[i % 4u]; `)}
}`;
}
