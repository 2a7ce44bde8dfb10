/** What runs inside Deno: the suite, the compiler on all texts, and the losses of 200 steps; a JSON object a line on stdout. */
import { openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { targetOf } from "../../src/gpu/target.ts";
import { ALL_PATHS, type AnyPath } from "../../src/model/plans.ts";
import { registry } from "../../src/model/registry.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";
import type { Extent } from "../support/kernels.ts";
import { lossesOf } from "./losses.ts";
import { type Row, suite } from "./suite.ts";
import { refusals, textsOf, textsWithoutSubgroups } from "./texts.ts";

export type Said =
  | { readonly adapter: string }
  | { readonly row: Row }
  | { readonly path: AnyPath; readonly losses: readonly number[] };

const errors: string[] = [];
const { device, adapter, name, kind, close } = await openDevice({ onError: (e) => errors.push(e.message) });
const say = (said: Said) => console.log(JSON.stringify(said));
function sayRow(row: Row): void {
  const [error] = errors.splice(0);
  say({ row: error === undefined ? row : { ...row, ok: false, message: error } });
}
const judged = (name: string, faults: readonly string[], message: string): Row => ({
  name,
  ok: faults.length === 0,
  used: 0,
  message: faults.join("\n") || message,
});

say({ adapter: name });

// Deno grants features that the adapter lacks, and its compiler then refuses them.
const lacking = [...device.features].filter((feature) => !adapter.features.has(feature));
sayRow(judged("features", lacking, [...device.features].join(" ")));

const texts = textsWithoutSubgroups(registry);
sayRow(judged("texts without subgroups", await refusals(device, texts), `naga takes all ${texts.size}`));
const op = registry.find((o) => o.name === "linear.forward")!;
const exchanging = textsOf(op, op.cases[0], { rung: "fast", target: { ...ANY_DEVICE, lanes: 4 } });
const seen = await refusals(device, new Map(exchanging));
// The compiler's refusals would be missed if Deno told of them in another way.
sayRow(judged("texts with subgroups", seen.length > 0 ? [] : ["none was refused"], seen[0]));

const machine = gpuMachine(device, name, kind);
if (targetOf(device).lanes > 1) throw new Error("kernels exchange operands, though naga has no subgroups");
for (const path of ALL_PATHS) say({ path, losses: await lossesOf(machine, path) });
const extent = process.argv[2] as Extent;
const fixtures = extent === "least" ? (["saturated"] as const) : undefined;
for await (const row of suite(machine, device, extent, fixtures)) sayRow(row);
close();
