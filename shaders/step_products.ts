/** The single-dispatch step's products. */
import { lines } from "./common.ts";
import type { StepLayout } from "./step_layout.ts";
import { component, four, named, type StepText, type Tile, total, turn, two } from "./step_text.ts";

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
export function ownColumns(l: StepLayout, t: StepText, { own, quads }: Tile): string {
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

/** Four columns of `product` an invocation, summed over all hidden columns, two terms at a time. */
export function otherColumns(l: StepLayout, t: StepText, { quads }: Tile): string {
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

/** W1 and b1 by embcat.T @ dhprebn, W2 by dlogits.T @ h: four rows of each own column at a time. */
export function weightGradients(l: StepLayout, t: StepText, { own, quads }: Tile): string {
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
