/** A notebook of 20 MB, most of which are pictures, dropped on the page: its lines are found and judged. */
import { expect, test } from "vitest";
import { drop, openLab } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("the exercises", (shared) => {
  test("a notebook of 20 MB with pictures is read, and its lines are judged", async () => {
    const picture = "iVBORw0KGgo".padEnd(2_500_000, "A");
    const outputs = [{ output_type: "display_data", metadata: {}, data: { "image/png": picture } }];
    const cells = [
      ...Array.from({ length: 8 }, (_, i) => ({
        cell_type: "code",
        source: `plt.plot(losses[${i}])`,
        outputs,
        metadata: {},
      })),
      { cell_type: "code", source: "dlogprobs = torch.zeros_like(logprobs)", outputs: [], metadata: {} },
      { cell_type: "code", source: "dlogprobs[range(n), Yb] = -1.0/n", outputs: [], metadata: {} },
    ];
    const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
    expect(text.length).toBeGreaterThan(20_000_000);
    const { page, complaints } = await openLab(shared.browser, shared.lab.url);
    const start = performance.now();
    await drop(page, "large.ipynb", text);
    const row = page.getByRole("region", { name: "The board" }).getByRole("row", { name: "dlogprobs" });
    await row.filter({ hasText: "✓ right" }).waitFor();
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `from the drop of ${(text.length / 1e6).toFixed(0)} MB to its verdict: ${seconds.toFixed(1)} s`,
    );
    expect(await page.locator(".cm-line").allTextContents()).not.toContain("plt");
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
