/** Walking through the step in the page: the address, Back, the arrows, the sources and the values of a tensor. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openLab } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("one tensor", (shared) => {
  const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true, level: 2 });
  const inGraph = (page: Page, name: string) =>
    page.getByRole("region", { name: "The graph of the step" }).getByRole("button", { name, exact: true });

  test("opens from an address, leads on to others, and Back leads back", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#tab=check&tensor=dhprebn`);
    await heading(page, "dhprebn").waitFor({ timeout: 30_000 });
    expect(await inGraph(page, "dhprebn").getAttribute("aria-current")).toBe("true");

    // All four panels: the formula, PyTorch, and the sources that the build carries along.
    expect(await page.locator("math").textContent()).toContain("dbnmeani");
    const code = (name: string | RegExp) => page.getByRole("region", { name }).locator("code");
    expect(await code("PyTorch, backward").textContent()).toContain("dhprebn = dbndiff + 1/n * dbnmeani");
    expect(await code(/^CPU twin of/).textContent()).toContain("cpu: ({ x, r }, { R }) => x + r / R,");
    expect(await code(/^WGSL of .*, plain/).textContent()).toContain("const R = 32u; const C = 64u;");

    await code("PyTorch, backward").getByRole("button", { name: "dbnmeani" }).click();
    await heading(page, "dbnmeani").waitFor();
    await page.getByRole("button", { name: "dhprebn →" }).click();
    await heading(page, "dhprebn").waitFor();
    // The way on is one keystroke from where the focus now is.
    expect(await page.locator(":focus").textContent()).toBe("dhprebn");
    await inGraph(page, "W1").click();
    await heading(page, "W1").waitFor();
    expect(page.url()).toContain("tensor=W1");
    await page.goBack();
    await heading(page, "dhprebn").waitFor();
    await page.getByRole("button", { name: "All tensors" }).click();
    await page.getByRole("table", { name: "The 26 gradients" }).waitFor();
    expect(await page.locator(":focus").textContent()).toBe("dhprebn");
    expect(page.url()).not.toContain("tensor");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("shows its values under the keyboard and the pointer, on a narrow screen too", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#tab=check&tensor=dW2`, {
      viewport: { width: 360, height: 800 },
    });
    const picture = page.getByRole("application", { name: /^dW2, got/ });
    await picture.focus({ timeout: 30_000 });
    const readout = page.locator(".heatmap-readout");
    for (let i = 0; i < 64; i++) await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    expect(await readout.textContent()).toMatch(
      /^dW2\[0, 1\]: got \S+, want \S+, difference \S+, \S+ ULPs?$/,
    );
    const { width, height } = (await picture.boundingBox())!;
    await picture.hover({ position: { x: width - 1, y: height - 1 } });
    expect(await readout.textContent()).toMatch(/^dW2\[63, 26\]/);
    await page.getByRole("radio", { name: "difference" }).check();
    await page.getByRole("application", { name: /^dW2, difference/ }).waitFor();
    // The fast kernel is folded behind the plain one.
    const kernels = page.getByRole("region", { name: /^WGSL of linear.backward_weight/ });
    await kernels.first().waitFor();
    const folded = await kernels.count();
    await page.getByText(/^The fast kernel, \d+ lines$/).click();
    expect(await kernels.count()).toBeGreaterThan(folded);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("says so if the address names an unknown tensor, and shows the board", async () => {
    const { page } = await openLab(shared.browser, `${shared.lab.url}#tab=check&tensor=dnothing`);
    await page
      .getByRole("alert")
      .filter({ hasText: 'the step has no tensor "dnothing"' })
      .waitFor({ timeout: 30_000 });
    await page.getByRole("table", { name: "The 26 gradients" }).waitFor();
    await page.context().close();
  });
});
