/** The judge as tests: one for each operation. In its own file, because only tests may load vitest. */
import { afterAll, expect, it } from "vitest";
import type { KernelVerdict } from "../../src/gpu/selftest.ts";
import type { Op } from "../../src/plan/contract.ts";
import { describeOnGpu } from "./device.ts";
import { type Extent, judge } from "./kernels.ts";

/** The first verdict against an operation fails its test at once: what comes after it may take long, or never end. */
export function describeKernels(title: string, ops: readonly Op[], extent: Extent): void {
  describeOnGpu(title, ({ device, name }) => {
    const table: string[] = [];
    afterAll(() => console.log(`worst share of the tolerance, of every op, on ${name}\n${table.join("\n")}`));

    it.each(ops.map((op) => ({ name: op.name, op })))("$name", async ({ op }) => {
      let worst: KernelVerdict | undefined;
      for await (const verdict of judge(device, op, extent)) {
        expect(verdict.ok, verdict.message).toBe(true);
        if (!worst || verdict.used > worst.used) worst = verdict;
      }
      expect(worst, "nothing was judged").toBeDefined();
      table.push(worst!.message);
    });
  });
}
