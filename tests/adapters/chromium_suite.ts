/** The suite in Chromium as a test. In its own file, because only tests may load vitest. */
import { describe, expect, it } from "vitest";
import { registry } from "../../src/model/registry.ts";
import { chromiumRunsHere } from "../support/chromium.ts";
import type { Extent } from "../support/kernels.ts";
import { runInChromium } from "./chromium.ts";
import type { Row } from "./suite.ts";

/** Kernels and plans, each a row that fails the test as it comes. */
export function describeInChromium(extent: Extent): void {
  describe.skipIf(!chromiumRunsHere)("in Chromium", () => {
    it("every kernel and plan is as accurate as under Node", { timeout: 600_000 }, async () => {
      const rows: Row[] = [];
      const adapter = await runInChromium(extent, (row) => {
        expect(row.ok, `${row.name}: ${row.message}`).toBe(true);
        rows.push(row);
      });
      const kernels = rows.filter((r) => r.name.startsWith("kernel ")).map((r) => r.name);
      expect(kernels).toEqual(registry.map((op) => `kernel ${op.name}`));
      expect(rows.length).toBe(registry.length + 11);
      const worst = rows.reduce((a, b) => (b.used > a.used ? b : a));
      console.log(
        `${rows.length} tests in Chromium on ${adapter}; worst share of the tolerance: ${worst.name}: ${worst.message}`,
      );
    });
  });
}
