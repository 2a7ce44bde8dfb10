/** The judge as tests: one for each operation. In its own file, because only tests may load vitest. */
import { afterAll, expect, it } from "vitest";
import type { KernelVerdict } from "../../src/gpu/selftest.ts";
import { type Op, RUNGS, type Rung } from "../../src/plan/contract.ts";
import { describeOnGpu } from "./device.ts";
import { type Extent, judge } from "./kernels.ts";

/** The first verdict against an operation fails its test at once: what comes after it may take long, or never end. */
export function describeKernels(title: string, ops: readonly Op[], extent: Extent): void {
  describeOnGpu(title, ({ device, name }) => {
    const table: string[] = [];
    afterAll(() => console.log(`worst share of the tolerance, of every op, on ${name}\n${table.join("\n")}`));

    it.each(ops.map((op) => ({ name: op.name, op })))("$name", async ({ op }) => {
      let worst: KernelVerdict | undefined;
      const rungs = new Set<Rung>();
      for await (const verdict of judge(device, op, extent)) {
        // Vitest itself prints errors when all files have ended.
        if (!verdict.ok) console.error(verdict.message);
        expect(verdict.ok, verdict.message).toBe(true);
        if (!worst || verdict.used > worst.used) worst = verdict;
        if (verdict.message.endsWith("of the tolerance used")) rungs.add(verdict.rung);
      }
      expect([...rungs], "what was compared with the twin").toEqual(RUNGS.filter((rung) => op[rung]));
      table.push(worst!.message);
    });
  });
}
