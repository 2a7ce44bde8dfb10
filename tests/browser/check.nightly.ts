/** The Check tab at other levels of fusion, and its verdict while training goes on. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { faultsOf } from "../support/axe.ts";
import { openLab, ready, says, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("one tensor", (shared) => {
  const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true, level: 2 });

  test("is judged at the level of fusion that the address names, and its element by finite differences", async () => {
    const { page, complaints } = await openLab(
      shared.browser,
      `${shared.lab.url}#tab=check&tensor=dlogits&level=fused`,
    );
    await heading(page, "dlogits").waitFor({ timeout: 30_000 });
    await says(page, "All 12 gradients are right");
    const part = (name: string) => page.getByRole("region", { name });
    // What it replaces would give it away.
    await page.getByRole("button", { name: "Show what it replaces" }).click();
    await part("The lines that it replaces")
      .getByRole("button", { name: "dcounts_sum", exact: true })
      .first()
      .click();
    await heading(page, "dcounts_sum").waitFor();
    expect(page.url()).not.toContain("level");
    await page.goBack();
    await heading(page, "dlogits").waitFor();
    expect(page.url()).toContain("level=fused");

    await page.getByLabel("Index 2 of 2, 0 to 26").fill("3");
    const differences = part("By finite differences");
    await differences.getByRole("button", { name: "Check this element" }).click();
    await differences.getByText(/^✓ \d+ digits agree/).waitFor();
    expect(await differences.textContent()).toContain("The losses of 1 of 32 examples moved.");
    expect(await differences.getByRole("row").count()).toBeGreaterThan(6);

    // The whole step's kernel makes no such tensor; the board is shown in its place.
    await page.getByRole("radio", { name: /^single/ }).check();
    await says(page, "All 7 gradients are right");
    await page.getByRole("table", { name: "The 7 gradients" }).waitFor();
    expect(await page.locator(".phases > li").count()).toBe(13);
    await page.getByText("Softmax cross-entropy, exercise 2").click();
    expect(await faultsOf(page)).toEqual([]);

    // The minibatch is written in letters.
    await page.goto(`${shared.lab.url}#tab=check&tensor=Xb`);
    await heading(page, "Xb").waitFor();
    const contexts = page.getByRole("list", { name: "Xb as characters" }).getByRole("listitem");
    expect(await contexts.count()).toBe(32);
    for (const text of await contexts.allTextContents()) expect(text).toMatch(/^\d+ [.a-z]{3}$/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describeOnCpu("the board's verdict", (shared) => {
  const rowsOf = (page: Page, verdict: string) => page.locator(`.board tbody tr.${verdict}`);

  test("comes after the board, from a worker of its own, while training goes on; a newer board overtakes it", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#hidden=32&batch=512`);
    await (await ready(page)).click();
    await untilStep(page, 1);
    await page.getByRole("tab", { name: "Check" }).click();
    await says(page, "the verdict is being computed");
    const pending = rowsOf(page, "pending");
    // The 26 gradients and the 20 forward tensors.
    expect(await pending.count()).toBe(46);
    expect(await pending.first().textContent()).toContain("dlogprobs…truetrue");
    expect(page.workers().filter((w) => w.url().includes("judge"))).toHaveLength(1);

    // The samples take as long as 17 steps; the training has a few steps meanwhile.
    const now = page.getByText(/^Training is at step [\d,]+ now\.$/);
    const first = await now.textContent();
    while ((await now.textContent()) === first) await page.waitForTimeout(20);
    expect(await pending.count()).toBe(46);
    await page.getByRole("button", { name: "Run again" }).click();
    await says(page, "All 26 gradients are right");
    expect(await pending.count()).toBe(0);
    expect(await rowsOf(page, "right").count()).toBe(46);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
