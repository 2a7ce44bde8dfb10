/** What the machine is and whether its kernels are right. Runs in the worker; no DOM. */
import type { Considered } from "../../gpu/adapters.ts";
import { infoOf, listAdapters } from "../../gpu/device.ts";
import { testKernel } from "../../gpu/selftest.ts";
import { registry } from "../../model/registry.ts";
import { type Op, RUNGS } from "../../plan/contract.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { type Limit, limitsOf } from "./limits.ts";
import { textsOf } from "./texts.ts";

/** Why there is no WebGPU here: the page is not secure, the browser has none, it offers no adapter, or it does not answer. */
export type Absence = "insecure" | "unsupported" | "no adapter" | "no answer";

export interface DeviceReport {
  readonly name: string;
  readonly kind: OpenedMachine["kind"];
  /** Why this adapter and no other; empty on the CPU. */
  readonly why: string;
  readonly considered: readonly Considered[];
  /** Absent where WebGPU works, even if the CPU was asked for. */
  readonly absence?: Absence;
  /** What the browser reports about the adapter, such as its vendor. */
  readonly info: Readonly<Record<string, string>>;
  readonly limits: readonly Limit[];
  /** The adapter's features; `used` ones are enabled on the device. */
  readonly features: readonly { readonly name: string; readonly used: boolean }[];
  /** WGSL language features. */
  readonly language: readonly string[];
  /** Kernels that {@link selfTest} tests, in its order. */
  readonly kernels: readonly string[];
}

/** The verdict on one kernel: an operation in all its passes. */
export interface SelfTestRow {
  readonly kernel: string;
  /** Shapes it was run at, and shapes there are. */
  readonly cases: number;
  readonly of: number;
  /** Largest share of the tolerance that any element used; 1 is the limit. */
  readonly used: number;
  readonly ok: boolean;
  /** Kernel, shape, tensor and index of the failure, or else of the worst case. */
  readonly message: string;
}

/** Everything about the machine that a page or a bug report can use. */
export async function describeMachine(machine: OpenedMachine): Promise<DeviceReport> {
  const { name, kind, opened } = machine;
  const considered = opened?.considered ?? machine.considered ?? (await listAdapters().catch(() => []));
  return {
    name,
    kind,
    why: opened?.why ?? "",
    considered,
    absence: absenceOf(considered),
    info: opened ? textsOf(await infoOf(opened.adapter)) : {},
    limits: opened ? limitsOf(opened.device.limits, machine.target) : [],
    features: [...(opened?.adapter.features ?? [])]
      .sort()
      .map((name) => ({ name, used: opened!.device.features.has(name as GPUFeatureName) })),
    language: [...(gpu()?.wgslLanguageFeatures ?? [])].sort(),
    kernels: opened ? registry.map((op) => op.name) : [],
  };
}

/**
 * Compares every kernel with its CPU twin, and reports a row for each as soon as it is known; none on the CPU. A software
 * device may take seconds to compile one kernel, so after `enoughMs` with a kernel its remaining shapes are skipped.
 */
export async function selfTest(
  machine: OpenedMachine,
  onResult: (row: SelfTestRow) => void,
  { ops = registry, enoughMs = 1000 }: { ops?: readonly Op[]; enoughMs?: number } = {},
): Promise<void> {
  if (!machine.opened) return;
  for (const op of ops)
    onResult(await machine.survive(() => testCases(machine.opened!.device, op, enoughMs)));
}

async function testCases(device: GPUDevice, op: Op, enoughMs: number): Promise<SelfTestRow> {
  const start = performance.now();
  const verdicts = [];
  let cases = 0;
  for (const [seed, dims] of op.cases.entries()) {
    for (const rung of RUNGS.filter((r) => op[r]))
      verdicts.push(await testKernel(device, op, dims, seed, {}, { rung }));
    cases++;
    if (!verdicts.every((v) => v.ok) || performance.now() - start > enoughMs) break;
  }
  const worst = verdicts.reduce((a, b) => (a.ok && (!b.ok || b.used > a.used) ? b : a));
  return {
    kernel: op.name,
    cases,
    of: op.cases.length,
    used: worst.used,
    ok: worst.ok,
    message: worst.message,
  };
}

function absenceOf(considered: readonly Considered[]): Absence | undefined {
  if (considered.some((c) => c.late)) return "no answer";
  if (considered.some((c) => c.kind !== undefined)) return undefined;
  if (gpu()) return "no adapter";
  return globalThis.isSecureContext === false ? "insecure" : "unsupported";
}

/** Node has no navigator before version 21. */
const gpu = (): GPU | undefined => (typeof navigator === "undefined" ? undefined : navigator.gpu);
