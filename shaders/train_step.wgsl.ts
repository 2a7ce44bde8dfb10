import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { EPS } from "./batchnorm.wgsl.ts";
import { f32, opaqueOne } from "./common.ts";
import { accurateLog, accurateTanh } from "./math.wgsl.ts";

/** Sizes of a step and where things lie; all baked into the text. */
export interface StepLayout {
  /** Invocations; each owns one tile of `rows` × 4 columns of the hidden layer. */
  readonly workgroup: number;
  /** Rows of a tile, 4 or 8. Shorter ones make shorter text, which compiles faster; taller ones load less. */
  readonly rows: 4 | 8;
  /** Tiles: blocks of rows times blocks of 4 columns. */
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Offsets in `tail` of what follows W1 in the arena of parameters. */
  readonly offsets: Readonly<Record<"b1" | "W2" | "b2" | "bngain" | "bnbias", number>>;
  /** `scratch` holds, as vec4: W1 (K, columns), W2ᵀ (V, columns), and h where it is too big for workgroup memory. */
  readonly hInWorkgroup: boolean;
  /** Replace every parameter by its gradient instead of updating it: what `check` looks at. */
  readonly gradients: boolean;
}

const four = [0, 1, 2, 3];
const lines = (rows: readonly number[], line: (i: number) => string): string => rows.map(line).join("\n");
const xyzw = ["x", "y", "z", "w"];

/**
 * Exercise 4's whole step in one workgroup: gather, linear, BatchNorm, tanh, linear, softmax-cross-entropy, all of the
 * backward pass and SGD, step after step until lr[s] is 0 or S is reached.
 *
 * tokens (S,N,T) · targets (S,N) · lr (S) · C (V,E), W1 (K,H), tail (b1, W2, b2, bngain, bnbias), updated → loss (S).
 * Grid: one workgroup. An invocation keeps its tile of hprebn, bnraw and dhprebn in registers; what others need goes
 * through workgroup memory in the order in which it is read: activations by column (xT, dlogitsT), h and dhprebn by
 * row, so that every load is a vec4. W1 and W2ᵀ are kept padded to whole vec4 in `scratch` and written back at the end.
 * Rows past N and columns past H hold zeros. 11 barriers a step; every sum in a fixed order.
 */
export function trainStep(l: StepLayout, d: Readonly<Record<string, number>>): string {
  const { N, T, V, E, H } = d;
  const K = T * E;
  const CB = l.columnBlocks;
  const R = l.rows;
  const tile = Array.from({ length: R }, (_, i) => i);
  const quads = Array.from({ length: R / 4 }, (_, i) => i);
  const N4 = (l.rowBlocks * R) / 4;
  const ragged = N % R !== 0;
  const at = (name: keyof StepLayout["offsets"]) => `${l.offsets[name]}u`;
  const h = l.hInWorkgroup ? "hidden" : "scratch";
  const hBase = l.hInWorkgroup ? "0u" : `${(K + V) * CB}u`;
  const barrier = "storageBarrier(); workgroupBarrier();";
  const masked = (i: number, value: string) => (ragged ? `(${value}) * mask${i}` : value);
  const apply = (p: string, g: string) => (l.gradients ? `${p} = ${g};` : `${p} -= rate * (${g});`);
  const perColumn = (offset: string) =>
    `vec4f(${four.map((i) => `column_value(${offset}, column + ${i}u)`).join(", ")})`;
  const strided = (count: number, body: string) =>
    `for (var i = index; i < ${count}u; i += ${l.workgroup}u) {${body}}`;
  // A sum over the row blocks of a column, as a statement: `var name`.
  const sumTiles = (name: string, from: string) =>
    `var ${name} = vec4f(); for (var b = 0u; b < ${l.rowBlocks}u * one; b++) { ${name} += ${from}[b * CB + cb]; }`;
  // Four columns of a parameter, from a vec4 gradient.
  const applyColumns = (offset: string, g: string) =>
    `for (var j = 0u; j < 4u * one; j++) { if (column + j < H) { ${apply(`tail[${offset} + column + j]`, `${g}[j]`)} } }`;

  // A long sum into the vec4s `sums`, `per` terms to a partial sum (`p0`, `p1`, …): see matmul.wgsl.ts for why.
  const inParts = (i: string, count: string, per: number, sums: readonly string[], body: string) =>
    `for (var part = 0u; part < ${count}; part += ${per}u) {
${sums.map((_, j) => `        var p${j} = vec4f();`).join("\n")}
      for (var ${i} = part; ${i} < min(part + ${per}u, ${count}) * one; ${i}++) {${body}}
${sums.map((sum, j) => `        ${sum} += p${j};`).join("\n")}
      }`;
  const named = (prefix: string, rows: readonly number[]) => rows.map((j) => `${prefix}${j}`);

  // dlogitsT[m, n] = start + Σ_c h[n, c] · W[m, c] for `count` rows m of the padded weights from `base` on: x·w and dy·wᵀ
  // of what lies in h's place, in tiles of 4 rows × 4.
  const timesWeights = (count: string, size: number, base: string, start: (m: string) => string) =>
    strided(
      N4 * Math.ceil(size / 4),
      `
      let n = i % N4;
      let m = i / N4 * 4u;
${lines(four, (j) => `      let m${j} = min(m + ${j}u, ${count} - 1u); var y${j} = vec4f(${start(`m${j}`)});`)}
      ${inParts(
        "c",
        "CB",
        4,
        named("y", four),
        `
${lines(four, (j) => `        let h${j} = ${h}[${hBase} + (n * 4u + ${j}u) * CB + c]; let w${j} = scratch[(${base} + m${j}) * CB + c];`)}
${lines(four, (j) => `        p${j} += vec4f(${four.map((r) => `dot(h${r}, w${j})`).join(", ")});`)}
      `,
      )}
${lines(four, (j) => `      if (m + ${j}u < ${count}) { dlogitsT[(m + ${j}u) * N4 + n] = y${j}; }`)}
    `,
    );
  // Updates `count` rows of the padded weights from `base` on by Σ_n left[m, n] · h[n, :]: xᵀ·dy, in tiles of R rows × 4.
  const updateWeights = (count: string, size: number, base: string, left: string) =>
    strided(
      Math.ceil(size / R) * CB,
      `
      let m = i / CB * ${R}u;
      let c = i % CB;
${lines(tile, (j) => `      let m${j} = min(m + ${j}u, ${count} - 1u) * N4; var w${j} = vec4f();`)}
      ${inParts(
        "n",
        "N4",
        4,
        named("w", tile),
        `
${lines(four, (r) => `        let h${r} = ${h}[${hBase} + (n * 4u + ${r}u) * CB + c];`)}
${lines(tile, (j) => `        let x${j} = ${left}[m${j} + n]; p${j} += (x${j}.x * h0 + x${j}.y * h1) + (x${j}.z * h2 + x${j}.w * h3);`)}
      `,
      )}
${lines(tile, (j) => `      if (m + ${j}u < ${count}) { ${apply(`scratch[(${base} + m + ${j}u) * CB + c]`, `w${j}`)} }`)}
    `,
    );

  return wgsl`${accurateTanh}${accurateLog}
const CB = ${CB}u; const N4 = ${N4}u;
var<workgroup> xT: array<vec4f, K * N4>;
// dlogits, and after them demb.
var<workgroup> dlogitsT: array<vec4f, max(V, K) * N4>;
var<workgroup> partA: array<vec4f, ${l.rowBlocks * CB}>;
var<workgroup> partB: array<vec4f, ${l.rowBlocks * CB}>;
var<workgroup> lossPart: array<f32, N4>;
#if ${l.hInWorkgroup}
var<workgroup> hidden: array<vec4f, ${l.rowBlocks * R * CB}>;
#endif

fn column_value(offset: u32, c: u32) -> f32 {
  if (c < H) { return tail[offset + c]; }
  return 0.0;
}
fn token_value(s: u32, n: u32, k: u32) -> f32 {
  if (n < N) { return C[tokens[(s * N + n) * T + k / E] * E + k % E]; }
  return 0.0;
}
fn w1_value(k: u32, c: u32) -> f32 {
  if (c < H) { return W1[k * H + c]; }
  return 0.0;
}
fn w2_value(v: u32, c: u32) -> f32 {
  if (c < H) { return tail[${at("W2")} + c * V + v]; }
  return 0.0;
}

@compute @workgroup_size(${l.workgroup})
fn main(@builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) index: u32) {
  let one = ${opaqueOne};
  let cb = index % CB;
  let rb = index / CB;
  let owns = index < ${l.rowBlocks * CB}u;
  let column = cb * 4u;
#if ${ragged}
${lines(tile, (i) => `  let mask${i} = select(0.0, 1.0, rb * ${R}u + ${i}u < N);`)}
#endif
  ${strided(K * CB, ` let k = i / CB; let c = i % CB * 4u; scratch[i] = vec4f(${four.map((j) => `w1_value(k, c + ${j}u)`).join(", ")}); `)}
  ${strided(V * CB, ` let v = i / CB; let c = i % CB * 4u; scratch[K * CB + i] = vec4f(${four.map((j) => `w2_value(v, c + ${j}u)`).join(", ")}); `)}
  ${barrier}

  for (var s = 0u; s < S; s++) {
    let rate = lr[s];
    if (rate == 0.0) { break; }

    // emb = C[Xb], by column
    ${strided(K * N4, ` let k = i / N4; let n = i % N4 * 4u; xT[i] = vec4f(${four.map((j) => `token_value(s, n + ${j}u, k)`).join(", ")}); `)}
    ${barrier}

    // hprebn = embcat @ W1 + b1
    let b1 = ${perColumn(at("b1"))};
${lines(tile, (i) => `    var a${i} = b1;`)}
    if (owns) {
      ${inParts(
        "k",
        "K",
        16,
        named("a", tile),
        `
        let w = scratch[k * CB + cb];
${lines(quads, (q) => `        let x${q} = xT[k * N4 + rb * ${R / 4}u + ${q}u];`)}
${lines(tile, (i) => `        p${i} += x${i >> 2}.${xyzw[i & 3]} * w;`)}
      `,
      )}
      partA[index] = ${tile.map((i) => masked(i, `a${i}`)).join(" + ")};
    }
    ${barrier}

    // BatchNorm from centred values
    ${sumTiles("mean", "partA")}
    mean *= ${f32(1 / N)};
${lines(tile, (i) => `    a${i} = ${masked(i, `a${i} - mean`)};`)}
    if (owns) { partB[index] = ${tile.map((i) => `a${i} * a${i}`).join(" + ")}; }
    ${barrier}
    ${sumTiles("variance", "partB")}
    let invStd = inverseSqrt(variance * ${f32(1 / (N - 1))} + ${f32(EPS)});
    let gain = ${perColumn(at("bngain"))};
    let bias = ${perColumn(at("bnbias"))};
    // From here on a is bnraw.
${lines(tile, (i) => `    a${i} *= invStd;`)}
    if (owns) {
${lines(tile, (i) => `      ${h}[${hBase} + (rb * ${R}u + ${i}u) * CB + cb] = gain * a${i} + bias;`)}
      // tanh in place, in a loop: copies of it would be most of the kernel's text.
      for (var r = 0u; r < ${R}u * one; r++) {
        let i = ${hBase} + (rb * ${R}u + r) * CB + cb;
        for (var j = 0u; j < 4u * one; j++) { ${h}[i][j] = accurate_tanh(${h}[i][j]); }
      }
    }
    ${barrier}

    // logits = h @ W2 + b2
    ${timesWeights("V", V, "K", (m) => `tail[${at("b2")} + ${m}]`)}
    ${barrier}

    // softmax cross-entropy, 4 rows an invocation, one after another: the loss, and logits become dlogits
    ${strided(
      N4,
      `
      var losses = 0.0;
      for (var r = 0u; r < 4u * one; r++) {
        let n = i * 4u + r;
        let inside = select(0.0, ${f32(1 / N)}, n < N);
        let y = targets[s * N + min(n, N - 1u)];
        var top = dlogitsT[i][r];
        for (var v = 1u; v < V * one; v++) { top = max(top, dlogitsT[v * N4 + i][r]); }
        let chosen = dlogitsT[y * N4 + i][r] - top;
        var total = 0.0;
        for (var v = 0u; v < V * one; v++) {
          let e = accurate_exp(dlogitsT[v * N4 + i][r] - top);
          dlogitsT[v * N4 + i][r] = e;
          total += e;
        }
        for (var v = 0u; v < V * one; v++) {
          dlogitsT[v * N4 + i][r] = inside * (dlogitsT[v * N4 + i][r] / total - select(0.0, 1.0, v == y));
        }
        losses += inside * (accurate_log(total) - chosen);
      }
      lossPart[i] = losses;
    `,
    )}
    ${barrier}

    // dh = dlogits @ W2.T, then dhpreact = (1 − h²)·dh, and the two sums that are dbnbias and dbngain
${lines(tile, (i) => `    var g${i} = vec4f();`)}
    if (owns) {
      for (var v = 0u; v < V * one; v++) {
        let w = scratch[(K + v) * CB + cb];
${lines(quads, (q) => `        let d${q} = dlogitsT[v * N4 + rb * ${R / 4}u + ${q}u];`)}
${lines(tile, (i) => `        g${i} += d${i >> 2}.${xyzw[i & 3]} * w;`)}
      }
${lines(tile, (i) => `      let t${i} = ${h}[${hBase} + (rb * ${R}u + ${i}u) * CB + cb]; g${i} *= 1.0 - t${i} * t${i};`)}
      partA[index] = ${tile.map((i) => `g${i}`).join(" + ")};
      partB[index] = ${tile.map((i) => `g${i} * a${i}`).join(" + ")};
    }
    if (index == 0u) {
      var total = 0.0;
      for (var i = 0u; i < N4 * one; i++) { total += lossPart[i]; }
      loss[s] = total;
    }
    ${barrier}

    // dhprebn; BatchNorm's own parameters; dW2 and db2, whose update nobody waits for
    ${sumTiles("dbias", "partA")}
    ${sumTiles("dgain", "partB")}
    let scale = gain * invStd * ${f32(1 / N)};
${lines(tile, (i) => `    g${i} = ${masked(i, `scale * (${f32(N)} * g${i} - dbias - ${f32(N / (N - 1))} * a${i} * dgain)`)};`)}
    if (rb == 0u) {
      ${applyColumns(at("bngain"), "dgain")}
      ${applyColumns(at("bnbias"), "dbias")}
    }
    ${updateWeights("V", V, "K", "dlogitsT")}
    ${strided(
      V,
      `
      var total = vec4f();
      for (var n = 0u; n < N4 * one; n++) { total += dlogitsT[i * N4 + n]; }
      ${apply(`tail[${at("b2")} + i]`, "(total.x + total.y) + (total.z + total.w)")}
    `,
    )}
    ${barrier}

    // dhprebn takes h's place
    if (owns) {
${lines(tile, (i) => `      ${h}[${hBase} + (rb * ${R}u + ${i}u) * CB + cb] = g${i};`)}
      partA[index] = ${tile.map((i) => `g${i}`).join(" + ")};
    }
    ${barrier}

    // db1, and demb = dhprebn @ W1.T in dlogits' place
    if (rb == 0u) {
      ${sumTiles("db1", "partA")}
      ${applyColumns(at("b1"), "db1")}
    }
    ${timesWeights("K", K, "0u", () => "")}
    ${barrier}

    // dW1 = embcat.T @ dhprebn, and dC: positions in order, no atomics
    ${updateWeights("K", K, "0u", "xT")}
    ${strided(
      V * E,
      `
      let v = i / E;
      let e = i % E;
      var total = 0.0;
      for (var t = 0u; t < T * one; t++) {
        for (var n = 0u; n < N * one; n++) {
          if (tokens[(s * N + n) * T + t] == v) { total += dlogitsT[(t * E + e) * N4 + n / 4u][n % 4u]; }
        }
      }
      ${apply("C[i]", "total")}
    `,
    )}
    ${barrier}
  }

  ${strided(K * H, ` W1[i] = scratch[i / H * CB + i % H / 4u][i % H % 4u]; `)}
  ${strided(H * V, ` tail[${at("W2")} + i] = scratch[(K + i % V) * CB + i / V / 4u][i / V % 4u]; `)}
}`;
}
