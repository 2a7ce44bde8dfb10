import { Command } from "commander";
import { quote } from "../data/error.ts";
import { listAdapters } from "../gpu/device.ts";
import { type KernelVerdict, testKernel } from "../gpu/selftest.ts";
import { registry } from "../model/registry.ts";
import { kernelsOf, type Op, RUNGS } from "../plan/contract.ts";
import { kernelSource } from "../plan/source.ts";
import { type TrainConfig, trainConfig } from "../train/config.ts";
import type { OnFraction } from "../train/evaluate.ts";
import type { OpenedMachine } from "../train/open.ts";
import { openFor } from "./machine.ts";
import { type CommonOptions, givenConfig, withCommonOptions, withSettings } from "./options.ts";
import { integer, type Output, output } from "./output.ts";
import { loadDataset } from "./words.ts";

export const doctorCommand = (): Command =>
  withCommonOptions(withSettings(new Command("doctor"), ["keepSpaces", "terminator"]))
    .description(
      "List the adapters, which one is used and why, its limits and features; and test every kernel on it.",
    )
    .option(
      "--kernel <operation>",
      "show one operation's WGSL instead, such as linear.forward: the plain kernel, then the fast one for the device in use",
    )
    .action(doctor);

interface DoctorOptions extends CommonOptions, Partial<TrainConfig> {
  readonly kernel?: string;
}

async function doctor(o: DoctorOptions): Promise<void> {
  const out = output(o);
  if (o.kernel !== undefined) return showKernels(operationCalled(o.kernel), o, out);
  const { dataset } = await loadDataset(o.words, trainConfig(givenConfig({ ...o })), out);
  const adapters = await out.phase("looking for adapters", listAdapters).catch((error: Error) => {
    out.note(error.message);
    return [];
  });
  const machine = await openFor(o, out);
  try {
    out.result(`${runtime.name.padEnd(8)} ${runtime.version} on ${process.platform} ${process.arch}`);
    out.result(`words    ${integer(dataset.words)}, ${integer(dataset.vocabulary.size)} characters`);
    for (const a of adapters) out.result(`adapter  ${a.name}${a.kind ? ` (${a.kind})` : ""}: ${a.verdict}`);
    out.result(`chosen   ${machine.name} (${machine.kind})`);
    const { why, limits, features } = describe(machine);
    if (why) out.result(`because  ${why}`);
    for (const [name, value] of Object.entries(limits))
      if (OF_INTEREST.test(name)) out.result(`limit    ${name} ${integer(value)}`);
    if (machine.opened) out.result(`features ${features.join(" ") || "none"}`);
    const { opened } = machine;
    const kernels = opened
      ? await out.phase("testing the kernels", (onFraction) => selfTest(opened.device, out, onFraction))
      : [];
    const ok = kernels.every((k) => k.ok);
    out.result(
      machine.opened
        ? `${kernels.filter((k) => k.ok).length} of ${kernels.length} kernels agree with the CPU reference`
        : "no kernels to test: the CPU reference is used",
    );
    const chosen = { name: machine.name, kind: machine.kind, why };
    out.event({ ok, [runtime.name]: runtime.version, adapters, chosen, limits, features, kernels });
    if (!ok) process.exitCode = 1;
  } finally {
    machine.close();
  }
}

/** Deno and Bun give a Node version too: that of the Node they stand in for. */
const other = ["deno", "bun"].find((name) => process.versions[name]);
const runtime = other
  ? { name: other, version: process.versions[other] }
  : { name: "node", version: process.version };

/** @throws Error with the names there are */
function operationCalled(name: string): Op {
  const op = registry.find((r) => r.name === name);
  if (!op)
    throw new Error(
      `--kernel is ${quote(name)}; it must be one of ${registry.map((r) => r.name).join(", ")}`,
    );
  return op;
}

/** The kernels at the operation's first shape, the plain one first. */
async function showKernels(op: Op, o: DoctorOptions, out: Output): Promise<void> {
  const machine = await openFor(o, out);
  machine.close();
  const dims = op.cases[0];
  for (const rung of RUNGS.filter((r) => op[r])) {
    const how = { rung, target: machine.target };
    const kernels = kernelsOf(op, dims, how).map((k) => kernelSource(op, dims, k));
    out.event({ op: op.name, rung, dims, kernels });
    out.result(`// ${rung}${rung === "fast" ? `, for ${machine.name}` : ""}\n${kernels.join("\n\n")}\n`);
  }
}

/** Limits that a kernel can meet; --json has all of them. */
const OF_INTEREST = /compute|maxBufferSize|storageBuffer(s|Binding|Offset)/i;

function describe({ opened }: OpenedMachine) {
  const limits: Record<string, number> = {};
  // A limit is a getter of the prototype, so only `for in` finds it.
  for (const name in opened?.device.limits) {
    const value = opened.device.limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") limits[name] = value;
  }
  return { why: opened?.why ?? "", limits, features: [...(opened?.device.features ?? [])].sort() };
}

/** Every operation at its first shape: its plain kernel, and the fast one if there is another. */
async function selfTest(device: GPUDevice, out: Output, onFraction: OnFraction): Promise<KernelVerdict[]> {
  const verdicts: KernelVerdict[] = [];
  for (const [done, op] of registry.entries()) {
    onFraction(done / registry.length);
    for (const rung of RUNGS.filter((r) => op[r])) {
      const verdict = await testKernel(device, op, op.cases[0], 1, {}, { rung });
      verdicts.push(verdict);
      out.result(`kernel   ${verdict.ok ? "ok  " : "FAIL"} ${verdict.message}`);
    }
  }
  return verdicts;
}
