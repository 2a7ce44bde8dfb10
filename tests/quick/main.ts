/**
 * `npm run test:quick -- OP…`: the kernels of these operations or families, plain and fast, or of those that changed since the last commit,
 * on SwiftShader and on lavapipe if it is installed. Prints the worst share of the tolerance of each; exit code 1 if one is wrong.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import { registry } from "../../src/model/registry.ts";
import type { Op } from "../../src/plan/contract.ts";
import { embedded } from "../support/adapter.ts";
import { type Extent, isWholeStep } from "../support/kernels.ts";
import { changedSinceHead } from "./changed.ts";
import { judgeOn, type Result } from "./pool.ts";

/** Seconds after which the operations that are left are judged at one case each, so that everything ends within 40. */
const ENOUGH = 20;

const familyOf = ({ name }: Op): string => name.split(".")[0];
const families = [...new Set(registry.map(familyOf))];

/** The operations of these names or families. @throws Error with the names there are */
function find(names: readonly string[]): Op[] {
  const found = names.flatMap((name) => {
    const ops = registry.filter((op) => op.name === name || familyOf(op) === name);
    const family = registry.filter((op) => familyOf(op) === name.split(".")[0]).map((op) => op.name);
    const there = family.length > 0 ? family : families;
    if (ops.length === 0)
      throw new Error(`no operation or family is called "${name}"; there are ${there.join(", ")}`);
    return ops;
  });
  return registry.filter((op) => found.includes(op));
}

async function main(names: readonly string[]): Promise<void> {
  const start = performance.now();
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const ops = find(names.length > 0 ? names : await changedSinceHead(root));
  if (ops.length === 0) {
    console.log(`no operation differs from the last commit; name some, or a family: ${families.join(", ")}`);
    return;
  }
  console.log(
    `${names.length > 0 ? "to judge" : "not as in the last commit"}: ${ops.map((op) => op.name).join(", ")}`,
  );

  const choices: readonly AdapterChoice[] = embedded ? ["swiftshader", "lavapipe"] : ["auto"];
  const processes = Math.max(1, Math.floor(availableParallelism() / choices.length));
  const seconds = () => (performance.now() - start) / 1000;
  const cut = new Set<string>();
  let failed = 0;
  const onResult = ({ op, extent, adapter, ok, message }: Result) => {
    if (!ok) failed++;
    if (extent === "case") cut.add(op);
    console.log(`${ok ? "ok  " : "FAIL"} ${adapter.split(/[ :]/)[0].padEnd(11)} ${message}`);
  };
  const opened = await Promise.all(
    choices.map((choice, i) => {
      // The whole step takes seconds to compile, and other devices' texts are judged on the first adapter only.
      const extentOf = (name: string): Extent =>
        seconds() > ENOUGH || isWholeStep({ name }) ? "case" : i === 0 ? "usual" : "shapes";
      return judgeOn(
        choice,
        ops.map((op) => op.name),
        { processes, extentOf },
        onResult,
      );
    }),
  );
  const adapters = opened.flatMap((o) => ("adapter" in o ? [o.adapter] : []));
  for (const [i, o] of opened.entries()) if ("absent" in o) console.log(`not on ${choices[i]}: ${o.absent}`);
  if (cut.size > 0) console.log(`at one case only; npm test has the others: ${[...cut].join(", ")}`);
  const verdict = failed > 0 ? `${failed} wrong` : "all right";
  console.log(`${verdict}, on ${adapters.join(" and ") || "no adapter"}, after ${seconds().toFixed(0)} s`);
  if (failed > 0 || adapters.length === 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
