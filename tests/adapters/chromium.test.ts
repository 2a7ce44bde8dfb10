/** The kernels and plans in a page's worker: another Dawn, and the browser's rules. */
import { afterAll, describe, expect, it } from "vitest";
import { registry } from "../../src/ops/index.ts";
import { chromiumRunsHere } from "../support/chromium.ts";
import { runInChromium } from "./chromium.ts";
import type { Row } from "./suite.ts";

describe.skipIf(!chromiumRunsHere)("in Chromium", () => {
  const rows: Row[] = [];
  afterAll(() => {
    const worst = rows.reduce((a, b) => (b.used > a.used ? b : a));
    console.log(
      `${rows.length} tests in Chromium; worst share of the tolerance: ${worst.name}: ${worst.message}`,
    );
  });

  it("every kernel and plan is as accurate as under Node", async () => {
    const adapter = await runInChromium((row) => rows.push(row));
    expect(rows.filter((r) => !r.ok).map((r) => `${r.name}: ${r.message}`)).toEqual([]);
    expect(rows.filter((r) => r.name.startsWith("kernel ")).map((r) => r.name)).toEqual(
      registry.map((op) => `kernel ${op.name}`),
    );
    expect(rows.length).toBe(registry.length + 11);
    expect(adapter).not.toBe("");
  }, 300_000);
});
