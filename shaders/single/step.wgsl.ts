import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { declareOne } from "../fast/common.ts";
import { accurateLog, accurateTanh } from "../math.wgsl.ts";
import { readCoefficients } from "../optimizers.ts";
import { lines, plus, range } from "../text.ts";
import type { StepLayout } from "./layout.ts";
import { crossEntropy } from "./loss.ts";
import { batchNorm } from "./norm.ts";
import { embeddingGradient, otherColumns, ownColumns, weightGradients } from "./products.ts";
import { areaOf, inBlocks, named, stepText, total, turn, vec4 } from "./text.ts";

type Sizes = Readonly<Record<string, number>>;

/**
 * Exercise 4's whole step in one workgroup, for each of M networks of equal shape: gather, linear, BatchNorm, tanh, linear, softmax cross-entropy, all of the
 * backward pass and the optimiser's update, step after step until a step's first coefficient is 0 or S is reached.
 *
 * tokens (S,M,N,T) · targets (S,M,N) · coefficients (S,M,Q) · parameters (M,P) and what the optimiser keeps for them, updated → loss (S,M).
 * Grid: one workgroup per network. Networks share nothing, so that each has the bits it has alone. 7 barriers a step, and 2 where the batch takes several blocks of rows; every sum in a fixed order.
 *
 * An invocation owns whole columns of the hidden layer, so BatchNorm needs no other invocation. Forward and backward have the same
 * products, so a step runs the same text twice: a tile of the hidden layer from activations and weights, BatchNorm's two column sums, a product
 * with the other weights. On software devices the time to compile a text grows with the square of its loads and stores, and most of a
 * step is spent on them. So the text has few, in short loops, and each invocation reads only a part of what its subgroup needs.
 */
export function trainStep(l: StepLayout, d: Sizes): string {
  const { M, N, T, V, E } = d;
  const t = stepText(l);
  const tile = { columns: range(l.own), vec4s: range(l.quads) };
  const inWorkgroup = Object.entries(l.areas).filter(([, a]) => a.inWorkgroup);
  // The parameters, and what is kept for each of them.
  const arenas = [undefined, ...l.update.state];
  const inArena = (kept: string | undefined, offset: string) =>
    `${kept ?? "parameters"}[own_parameters + ${offset}]`;
  // Floats of a column of the batch, and of the weights; rows of the latter.
  const [batch, rows] = [4 * t.batchQuads, 4 * t.weightQuads];
  const [rowW2, rowGain] = [4 * l.inputs, rows - 4];
  const gain = (c: number, kept?: string) => t.weight(plus("first", c), `${t.weightQuads - 1}u`, kept);
  // Where dC is summed; in the last of them it ends.
  const tables = (["table", "sums"] as const).filter((area) => l.areas[area]);
  const dC = tables.at(-1)!;
  // Parameters that are laid out differently here than in the arena: where each lies in both, and whether it is a parameter at all.
  const moved = [
    {
      area: "weights",
      count: rows * t.columns,
      at: `let r = i % ${rows}u;\nlet c = i / ${rows}u;\n`,
      offset: "offset_of(r, c)",
      exists: "is_row(r, c)",
    },
    { area: "b2", count: V, at: "", offset: plus("i", l.offsets.b2), exists: undefined },
  ] as const;
  const moveAll = (move: (there: string, here: string, exists?: string) => string): string =>
    lines(moved, ({ area, count, at, offset, exists }) => {
      const body = lines(arenas, (kept) =>
        move(inArena(kept, offset), t.float(areaOf(area, kept), "i"), exists),
      );
      return t.strided(count, at + body);
    });

  return wgsl`${accurateTanh}
${accurateLog}
${inWorkgroup.map(([name, a]) => `var<workgroup> ${name}: array<vec4f, ${a.size}>;`).join("\n")}
var<workgroup> rowLoss: array<f32, N>;

// Where row r of column c of the weights lies in the arena.
fn offset_of(r: u32, c: u32) -> u32 {
if (r < K) { return ${l.offsets.W1}u + r * H + c; }
if (r < ${rowW2}u) { return ${l.offsets.b1}u + c; }
if (r < ${rowGain}u) { return ${l.offsets.W2}u + c * V + (r - ${rowW2}u); }
return select(${l.offsets.bnbias}u, ${l.offsets.bngain}u, r == ${rowGain}u) + c;
}
// Whether row r of column c of the weights holds a parameter, or fills up a vec4.
fn is_row(r: u32, c: u32) -> bool {
return c < H && (r <= K || (r >= ${rowW2}u && r < ${rowW2}u + V) || (r >= ${rowGain}u && r < ${rowGain}u + 2u));
}

@compute @workgroup_size(${t.workgroup})
fn main(@builtin(num_workgroups) grid: vec3u, @builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) index: u32) {
${declareOne}
// This workgroup's network, and where its parameters and its scratch begin.
${M === 1 ? "const network = 0u;" : "let network = workgroup.x;"}
${M === 1 ? "" : `// A network that makes no step in this dispatch need not fetch its weights and write them back.\nif (coefficients[network * ${l.update.coefficients.length}u] == 0.0) { return; }`}
let own_parameters = network * P;
let own_scratch = network * ${l.scratch}u;
let lane = index % ${l.lanes}u;
let first = index % ${l.owners}u * ${l.own}u;
let rb = index / ${l.owners}u;
${t.phase(
  "fetch",
  moveAll((there, here, exists) =>
    exists ? `if (${exists}) { ${here} = ${there}; } else { ${here} = 0.0; }` : `${here} = ${there};`,
  ),
)}
${t.strided(
  V * E,
  lines(tables, (area) => `${t.float(area, "i")} = 0.0;`),
)}
// Written once: the column of ones, the columns that fill up a vec4, the rows past N.
${t.strided(
  (rowW2 + 4 * l.classes) * batch,
  `${t.float("operands", "i")} = select(0.0, 1.0, i / ${batch}u == K && i % ${batch}u < N);`,
)}
${t.barrier("weights", "b2", ...tables, "operands")}

for (var s = 0u; s < S; s++) {
let at = s * M + network;
${readCoefficients(l.update, `at * ${l.update.coefficients.length}u`)}
if (${l.update.coefficients[0]} == 0.0) { break; }

// emb = C[Xb]
${t.phase(
  "emb",
  t.strided(
    N * T,
    `let token = tokens[at * N * T + i] * E;
for (var e = 0u; e < E * one; e++) {
${t.float("operands", `(i % T * E + e) * ${batch}u + i / T`)} = ${inArena(undefined, plus("token + e", l.offsets.C))};
}`,
  ),
)}
${lines(tile.columns, (c) => `let affine${c} = ${gain(c)};\nvar scale${c} = 0.0;\nvar dbngain${c} = 0.0;\nvar dbnbias${c} = 0.0;`)}
// This invocation's part of bnraw, of h, and of what the products make, for its columns c0, c1, …: q0, q1, … are four examples each.
${lines(["bnraw", "h", "tile"], (name) => lines(named(name, tile.columns, tile.vec4s), (v) => `var ${v} = vec4f();`))}

// Forward, then backward. The end is asked for at the bottom: asked at the top, a software device runs all of this once more, with every
// invocation masked off, before it leaves the loop.
var back = 0u;
loop {
${t.barrier("operands", "rowLoss")}
${t.phase("first", ownColumns(l, t, tile))}
${t.phase(
  "norm",
  `${batchNorm(l, t, tile, N)}
for (var q = 0u; q < ${l.quads}u * one; q++) {
${lines(tile.columns, (c) => `${t.vec("hidden", `(back * ${t.columns}u + ${plus("first", c)}) * ${t.batchQuads}u + rb * ${l.quads}u + q`)} = ${vec4("tile", c, 0)};`)}
${turn("tile", tile.columns, l.quads)}
}`,
)}
${t.barrier("hidden")}
${t.phase("second", otherColumns(l, t, tile))}
${t.barrier("product")}
// Softmax cross-entropy
if (back == 0u) {
${t.phase("softmax", crossEntropy(l, t, N))}
}
continuing {
back++;
break if back >= 2u * one;
}
}

${t.phase("weights", weightGradients(l, t, tile))}
${t.phase(
  "vectors",
  `if (rb == 0u) {
${lines(tile.columns, (c) => t.apply((kept) => gain(c, kept), `vec4f(dbngain${c}, dbnbias${c}, 0.0, 0.0)`))}
}
${t.strided(
  V,
  `var sum4 = vec4f();
for (var q = 0u; q < ${t.batchQuads}u * one; q++) { sum4 += ${t.vec("operands", `(${rowW2}u + i) * ${t.batchQuads}u + q`)}; }
${t.apply((kept) => t.float(areaOf("b2", kept), "i"), total("sum4"))}`,
)}`,
)}
// dC, one invocation per column of the table: positions in order, no atomics
${t.phase(
  "table",
  t.strided(
    E,
    `${embeddingGradient(l, t)}
for (var v = 0u; v < V * one; v++) {
let dC = ${t.float(dC, "v * E + i")};
${t.float(dC, "v * E + i")} = 0.0;
${t.apply((kept) => inArena(kept, plus("v * E + i", l.offsets.C)), "dC")}
}`,
  ),
)}
${t.phase(
  "loss",
  `if (index == 0u) {
${inBlocks("total", "n", "N", (block) => `${block} += rowLoss[n];`)}
loss[at] = total;
}`,
)}
${t.barrier("weights", "b2", ...tables)}
}

${t.phase(
  "store",
  moveAll((there, here, exists) =>
    exists ? `if (${exists}) { ${there} = ${here}; }` : `${there} = ${here};`,
  ),
)}
}`;
}
