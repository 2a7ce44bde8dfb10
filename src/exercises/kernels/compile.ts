/** A learner's text between the declarations and a device's compiler. */
import type { KernelError } from "../../gpu/pipelines.ts";
import type { Computation, Dims, Kernel, Op } from "../../plan/contract.ts";
import { kernelSource } from "../../plan/source.ts";
import { TextError } from "./refused.ts";
import { lineCount } from "./tokens.ts";
import type { KernelTask } from "./types.ts";

/** What is asked for, as an operation that has a kernel. */
export const operationOf = ({ computation }: KernelTask): Op => ({
  ...(computation as Computation & { readonly math: string }),
  cases: [],
  tolerance: { rtol: 0, atol: 0 },
  flops: () => 0,
});

/** The text as it is, with nothing but its declarations around it. */
const bare = (code: string): Kernel => ({ pass: "", code, grid: [1, 1, 1], invocations: 1, verbatim: true });

/** What stands in front of a learner's text: bindings, sizes and the math. */
export function declarations(task: KernelTask, d: Dims): string {
  const [, ...lines] = kernelSource(operationOf(task), d, bare("")).split("\n");
  return lines.join("\n").trimEnd();
}

/** A compiler's first error, at its place in the text; undefined if there is none. */
export async function complaint(
  device: GPUDevice,
  task: KernelTask,
  d: Dims,
  text: string,
): Promise<TextError | undefined> {
  const code = kernelSource(operationOf(task), d, bare(text));
  const before = lineCount(code) - lineCount(text);
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const scope = device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  const refusal = await scope;
  const found = messages.find((m) => m.type === "error");
  if (!found && !refusal) return undefined;
  if (!found) return new TextError(oneLine(refusal!.message));
  const inText = (m: GPUCompilationMessage) => m.lineNum > before;
  const reasons = messages
    .slice(messages.indexOf(found) + 1)
    .filter((m) => m.type === "info")
    .slice(0, 2)
    .map(
      (m) => `${inText(m) ? `line ${m.lineNum - before}` : "in front of your text"}: ${oneLine(m.message)}`,
    );
  const place = inText(found) ? { line: found.lineNum - before, column: found.linePos } : undefined;
  return new TextError([oneLine(found.message), ...reasons].join("; "), place);
}

/** A compiler's message in a line: without what Dawn says of its own calls, and without what would break a terminal's line. */
export function oneLine(message: string): string {
  const [first] = message.split(/\n - While|\n\s+at /);
  const line = first
    .replace(/^An error occurred while generating \S+\s*error:/, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** A compiler's refusal of a text that it had accepted when it only read it, at the text's own line. */
export function refusal({ message }: KernelError, text: string): TextError {
  const [, all] = /does not compile: ([\s\S]*)/.exec(message) ?? [];
  const [, line, said] = /^(?:line (\d+): )?(.*)/.exec(oneLine((all ?? message).split("\n   1 ")[0]))!;
  // The module's lines follow in the message, numbered: first the declarations, then the text.
  const before = message.split("\n").length - 1 - lineCount(text);
  return new TextError(said, Number(line) > before ? { line: Number(line) - before } : undefined);
}
