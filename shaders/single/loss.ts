/** The whole step's softmax cross-entropy, forward and backward. */
import { f32 } from "../text.ts";
import type { StepLayout } from "./layout.ts";
import { four, inBlocks, type StepText } from "./text.ts";

/** Below every logit. */
const NO_LOGIT = -3e38;

/** One invocation per four rows: their losses, and their rows of dlogits. */
export function crossEntropy(l: StepLayout, t: StepText, N: number): string {
  const ragged = N % 4 !== 0;
  const logits = t.vec("product", `v * ${t.batchQuads}u + i`);
  // Rows past N have the last one's class; they lose nothing, and their gradient stays 0.
  const row = (j: number) => (ragged ? `min(4u * i + ${j}u, N - 1u)` : `4u * i + ${j}u`);
  const gradient = `${f32(1 / N)} * (${logits} / total - select(vec4f(), vec4f(1.0), y == vec4u(v)))`;
  const inside = "4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(N)";
  return t.strided(
    Math.ceil(N / 4),
    `let y = vec4u(${four.map((j) => `targets[at * N + ${row(j)}]`).join(", ")});
var top = vec4f(${f32(NO_LOGIT)});
var chosen = vec4f();
for (var v = 0u; v < V * one; v++) {
let logit = ${logits} + ${t.float("b2", "v")};
${logits} = logit;
top = max(top, logit);
chosen = select(chosen, logit, y == vec4u(v));
}
${inBlocks("total", "v", "V", (block) => `let e = accurate_exp4(${logits} - top);\n${logits} = e;\n${block} += e;`, "vec4f")}
for (var v = 0u; v < V * one; v++) {
let g = ${gradient};
${t.vec("operands", `(${4 * l.inputs}u + v) * ${t.batchQuads}u + i`)} = ${ragged ? `select(vec4f(), g, ${inside})` : "g"};
}
for (var j = 0u; j < ${ragged ? "min(4u, N - 4u * i)" : "4u"} * one; j++) {
rowLoss[4u * i + j] = ${f32(1 / N)} * (accurate_log(total[j]) - (chosen[j] - top[j]));
}`,
  );
}
