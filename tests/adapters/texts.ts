/** Whether a WGSL compiler takes every text that a device without subgroups may get. */
import { type Dims, type How, kernelsOf, type Op, RUNGS } from "../../src/plan/contract.ts";
import { kernelSource } from "../../src/plan/source.ts";
import { ANY_DEVICE, type Target, WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { shapes } from "../support/kernels.ts";

const TARGETS = WORKGROUP_BYTES.map((workgroupBytes): Target => ({ ...ANY_DEVICE, workgroupBytes }));

/** Distinct texts, and the first kernel that has each. */
export function textsWithoutSubgroups(ops: readonly Op[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const op of ops)
    for (const rung of RUNGS)
      for (const target of TARGETS)
        for (const dims of shapes(op))
          for (const [text, name] of textsOf(op, dims, { rung, target }))
            if (!texts.has(text)) texts.set(text, name);
  return texts;
}

export const textsOf = (op: Op, dims: Dims, how: How): [text: string, name: string][] =>
  kernelsOf(op, dims, how).map((kernel) => {
    const sizes = Object.entries(dims).map(([symbol, n]) => `${symbol}=${n}`);
    const name = kernel.pass ? `${op.name} (${kernel.pass})` : op.name;
    return [kernelSource(op, dims, kernel), `${name}, ${how.rung}, ${sizes.join(" ")}`];
  });

/** A line for each text that the device's compiler refuses. */
export async function refusals(device: GPUDevice, texts: ReadonlyMap<string, string>): Promise<string[]> {
  const refused: string[] = [];
  for (const [code, label] of texts) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    const error = await device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    const said = messages.filter((m) => m.type === "error").map((m) => m.message);
    if (error || said.length > 0) refused.push(`${label}: ${said.join("; ") || error?.message}`);
  }
  return refused;
}
