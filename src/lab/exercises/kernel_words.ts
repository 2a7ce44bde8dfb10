/** A verdict on a kernel in words: the sentence below the editor, and what stands at a line of it. */
import {
  KERNEL_VERDICTS,
  type KernelReport,
  type KernelRow,
  type KernelVerdict,
  placeOf,
} from "../../exercises/kernels/report.ts";
import type { Diagnostic } from "./editor/diagnostics.ts";
import type { Mark } from "./words.ts";

export const KERNEL_MARKS: Readonly<Record<KernelVerdict, Mark>> = {
  right: { sign: "✓", words: "right", tone: "good" },
  wrong: { sign: "✗", words: "wrong", tone: "wrong" },
  error: { sign: "✗", words: "error", tone: "wrong" },
  endless: { sign: "✗", words: "endless", tone: "wrong" },
};

export const isKernelVerdict = (verdict: string | undefined): verdict is KernelVerdict =>
  KERNEL_VERDICTS.some((v) => v === verdict);

/** What there is to say of a verdict, apart from its mark. */
export function kernelSentence({ verdict, mistake, message, cases }: KernelReport): string {
  if (verdict === "right") return cases.length === 1 ? "In its one case." : `In all ${cases.length} cases.`;
  if (mistake) return mistake.says;
  const text = asSentence(bare(message ?? ""));
  return verdict === "wrong"
    ? `The values are not the right ones, and the mistake behind them was not found. ${text}`.trim()
    : text;
}

/** The line that a verdict is about. */
export const lineOf = ({ mistake, message }: KernelReport): number | undefined =>
  mistake ? undefined : placeOf(message ?? "")?.line;

/** What stands at lines of the text: a message, or a mark where a mistake's sentence names lines. */
export function kernelMarks({ mistake, message }: KernelReport): readonly Diagnostic[] {
  if (mistake)
    return [...mistake.says.matchAll(/\bline (\d+)/g)].map(([, line]) => ({
      line: Number(line),
      severity: "warning",
      message: mistake.says,
      silent: true,
    }));
  const place = placeOf(message ?? "");
  return place ? [{ ...place, severity: "error", message: bare(message!) }] : [];
}

/** Without the place in front. */
const bare = (message: string): string =>
  placeOf(message) ? message.slice(message.indexOf(": ") + 2) : message;

/** `N 3, H 24` */
export const sizesOf = ({ sizes }: KernelRow): string =>
  Object.entries(sizes)
    .map(([symbol, n]) => `${symbol} ${n.toLocaleString("en-US")}`)
    .join(", ");

/** A message begins in lower case where a terminal prints it behind its line. */
export function asSentence(text: string): string {
  const begun = /^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
  return begun === "" || /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
