/** The whole step's softmax cross-entropy, forward and backward. */
import { f32 } from "../text.ts";
import type { StepLayout } from "./layout.ts";
import { inBlocks, type StepText } from "./text.ts";

/** Below every logit. */
const NO_LOGIT = -3e38;

/** One invocation per row: its loss, and its row of dlogits. */
export function crossEntropy(l: StepLayout, t: StepText, N: number): string {
  const logit = (v: string) => t.float("product", `${v} * ${4 * t.batchQuads}u + i`);
  return t.strided(
    N,
    `var top = ${f32(NO_LOGIT)};
for (var v = 0u; v < V * one; v++) {
let logit = ${logit("v")} + ${t.float("b2", "v")};
${logit("v")} = logit;
top = max(top, logit);
}
let y = targets[at * N + i];
let chosen = ${logit("y")} - top;
${inBlocks("total", "v", "V", (block) => `let e = accurate_exp(${logit("v")} - top);\n${logit("v")} = e;\n${block} += e;`)}
for (var v = 0u; v < V * one; v++) {
let g = ${f32(1 / N)} * (${logit("v")} / total - select(0.0, 1.0, v == y));
${t.float("operands", `(${4 * l.inputs}u + v) * ${4 * t.batchQuads}u + i`)} = g;
}
rowLoss[i] = ${f32(1 / N)} * (accurate_log(total) - chosen);`,
  );
}
