/** The whole step's products. */
import { lines, plus } from "../text.ts";
import type { StepLayout } from "./layout.ts";
import { component, four, named, type StepText, type Tile, total, turn, two, vec4 } from "./text.ts";

/** Terms of a partial sum. */
const PART = 8;
/** Most parts of this length; a longer sum has longer ones. */
const MOST_PARTS = 512;

/**
 * `sums` += `count` terms, at most `most`, by way of partial sums, whose rounding errors grow with the number of parts and not of terms; see
 * ../fast/matmul.wgsl.ts.
 */
function inParts(
  i: string,
  { count, most }: { count: string; most: number },
  sums: readonly string[],
  body: (sum: (n: number) => string) => string,
): string {
  const per = most <= PART * MOST_PARTS ? PART : Math.ceil(Math.sqrt(most));
  if (most <= per) return `for (var ${i} = 0u; ${i} < ${count} * one; ${i}++) {\n${body((n) => sums[n])}\n}`;
  return `for (var part = 0u; part < ${count}; part += ${per}u) {
${lines(sums, (sum) => `var part_${sum} = vec4f();`)}
for (var ${i} = part; ${i} < min(part + ${per}u, ${count}) * one; ${i}++) {
${body((n) => `part_${sums[n]}`)}
}
${lines(sums, (sum) => `${sum} += part_${sum};`)}
}`;
}

/** `tile` of the hidden layer, four terms at a time. */
export function ownColumns(l: StepLayout, t: StepText, { columns, vec4s }: Tile): string {
  const xs = four.map((u) => t.column(`x${u}_`, "operands", plus("4u * (row0 + k)", u), "rb"));
  const names = named("tile", columns, vec4s);
  return `// Forward: hprebn = embcat @ W1 + b1. Backward: dh = dlogits @ W2.T
${lines(names, (name) => `${name} = vec4f();`)}
let row0 = back * ${l.inputs}u;
let terms = select(${l.inputs}u, ${l.classes}u, back == 1u);
${inParts(
  "k",
  { count: "terms", most: Math.max(l.inputs, l.classes) },
  names,
  (into) => `${lines(columns, (c) => `let w${c} = ${t.weight(plus("first", c), "row0 + k")};`)}
${lines(xs, (x) => x.load)}
${lines(vec4s, (q) => {
  const term = (c: number, u: number) => `x${u} * w${c}.${component(u)}`;
  return `{
${lines(four, (u) => `let x${u} = ${xs[u].quad(q)};`)}
${lines(columns, (c) => `${into(c * vec4s.length + q)} += (${term(c, 0)} + ${term(c, 1)}) + (${term(c, 2)} + ${term(c, 3)});`)}
}`;
})}`,
)}`;
}

/** Four columns of `product` per invocation, summed over all hidden columns, two terms at a time. */
export function otherColumns(l: StepLayout, t: StepText, { vec4s }: Tile): string {
  const sums = named("out", four, vec4s);
  const hs = two.map((u) =>
    t.column(`x${u}_`, "hidden", `back * ${t.columns}u + ${plus("2u * k", u)}`, "block"),
  );
  // Subgroups stay together.
  const whole = (n: number) => Math.ceil(n / l.lanes) * l.lanes;
  const pairs = t.columns / 2;
  return `// Forward: logits = h @ W2. Backward: demb = dhprebn @ W1.T
let outs = select(${l.classes}u, ${l.inputs}u, back == 1u);
let out0 = select(${l.inputs}u, 0u, back == 1u);
let wide = select(${whole(l.classes)}u, ${whole(l.inputs)}u, back == 1u);
for (var i = index; i < wide * ${l.rowBlocks}u; i += ${t.workgroup}u) {
let m = i % wide;
let block = i / wide;
${lines(sums, (sum) => `var ${sum} = vec4f();`)}
${inParts(
  "k",
  { count: `${pairs}u`, most: pairs },
  sums,
  (
    into,
  ) => `${lines(two, (u) => `let w${u} = ${t.weight(`${plus("2u * k", u)}`, "out0 + m")};\n${hs[u].load}`)}
${lines(
  vec4s,
  (q) => `{
let h0 = ${hs[0].quad(q)};
let h1 = ${hs[1].quad(q)};
${lines(four, (c) => `${into(c * vec4s.length + q)} += h0 * w0.${component(c)} + h1 * w1.${component(c)};`)}
}`,
)}`,
)}
if (m < outs) {
for (var q = 0u; q < ${l.quads}u * one; q++) {
${lines(four, (c) => `${t.vec("product", `(${plus("4u * m", c)}) * ${t.batchQuads}u + block * ${l.quads}u + q`)} = ${vec4("out", c, 0)};`)}
${turn("out", four, l.quads)}
}
}
}`;
}

/** W1 and b1 by embcat.T @ dhprebn, W2 by dlogits.T @ h: four rows of each owned column at a time. */
export function weightGradients(l: StepLayout, t: StepText, { columns, vec4s }: Tile): string {
  const several = l.rowBlocks > 1;
  const xs = four.map((u) => t.column(`x${u}_`, "operands", plus("4u * r", u), several ? "b" : "0u"));
  const gradient = (c: number, u: number) => `gradient_c${c}_r${u}`;
  const hidden = (c: number) =>
    t.vec(
      "hidden",
      `((1u - half) * ${t.columns}u + ${plus("first", c)}) * ${t.batchQuads}u + b * ${l.quads}u + q`,
    );
  // An invocation has its own block of rows, and reads the others.
  const others = `for (var q = 0u; q < ${l.quads}u * one; q++) {
${lines(columns, (c) => `${vec4("tile", c, 0)} = ${hidden(c)};`)}
${turn("tile", columns, l.quads)}
}`;
  const block = `${several ? others : ""}
${lines(xs, (x) => x.load)}
${lines(vec4s, (q) =>
  lines(
    four,
    (u) => `{
let x = ${xs[u].quad(q)};
${lines(columns, (c) => `${gradient(c, u)} += x * ${vec4("tile", c, q)};`)}
}`,
  ),
)}`;
  return `for (var half = 0u; half < 2u * one; half++) {
if (half == 1u) {
${lines(columns, (c) => lines(vec4s, (q) => `${vec4("tile", c, q)} = ${vec4("h", c, q)};`))}
}
let end = select(${l.inputs}u, ${l.inputs + l.classes}u, half == 1u);
for (var r = half * ${l.inputs}u + rb; r < end * one; r += ${l.rowBlocks}u) {
${lines(columns, (c) => lines(four, (u) => `var ${gradient(c, u)} = vec4f();`))}
${several ? `for (var b = 0u; b < ${l.rowBlocks}u * one; b++) {\n${block}\n}` : block}
${lines(columns, (c) => t.apply((kept) => t.weight(plus("first", c), "r", kept), `vec4f(${four.map((u) => total(gradient(c, u))).join(", ")})`))}
}
}`;
}

/** Column `i` of dC from demb. Of many positions, 64 are summed apart, and what they add to is added to `sums`: see ../fast/embedding.wgsl.ts. */
export function embeddingGradient(l: StepLayout, t: StepText): string {
  const table = (area: "table" | "sums", position: string) =>
    t.float(area, `tokens[at * N * T + ${position}] * E + i`);
  const demb = (n: string, p: string) => t.float("product", `(${p} * E + i) * ${4 * t.batchQuads}u + ${n}`);
  if (!l.areas.sums)
    return `for (var n = 0u; n < N * one; n++) {
for (var p = 0u; p < T * one; p++) {
${table("table", "n * T + p")} += ${demb("n", "p")};
}
}`;
  return `for (var p0 = 0u; p0 < N * T; p0 += 64u) {
let end = min(p0 + 64u, N * T) * one;
for (var p = p0; p < end; p++) { ${table("table", "p")} += ${demb("p / T", "p % T")}; }
// A character's second position finds 0 there, and adds it.
for (var p = p0; p < end; p++) {
${table("sums", "p")} += ${table("table", "p")};
${table("table", "p")} = 0.0;
}
}`;
}
