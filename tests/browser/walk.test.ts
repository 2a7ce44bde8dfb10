/** The walk through a step in the page: its stops, their addresses, Back, the keyboard, and whose values they show. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openLab, ready, says, stepOf, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("the walk", (shared) => {
  const at = (page: Page, title: string) =>
    page.getByRole("heading", { level: 2, name: new RegExp(`${title}$`) }).waitFor();
  const panel = (page: Page) => page.getByRole("tabpanel", { name: "Walk" });

  test("leads from stop to stop, each with its address, and stays with its values until training pauses", async () => {
    const { page, complaints } = await openLab(
      shared.browser,
      `${shared.lab.url}#tab=walk&stop=loss&hidden=16&steps=100000`,
    );
    await at(page, "Loss");
    const { url } = shared.lab;
    expect(
      await panel(page).getByRole("button", { name: "Loss", exact: true }).getAttribute("aria-current"),
    ).toBe("step");
    // The numbers in the text go with one another: −ln p is the loss.
    const text = async () => (await panel(page).locator("article").textContent()) ?? "";
    const [, p, loss] = /−ln (0\.\d+) = (\d+\.\d+)/.exec(await text())!;
    expect(-Math.log(Number(p))).toBeCloseTo(Number(loss), 1);

    await panel(page).getByRole("button", { name: "Next →", exact: true }).click();
    await at(page, "Back through the loss");
    expect(page.url()).toBe(`${url}#hidden=16&steps=100000&tab=walk&stop=dlogits`);
    await page.keyboard.press("ArrowRight");
    await at(page, "Back through the second layer");
    await page.goBack();
    await at(page, "Back through the loss");
    await page.goBack();
    await at(page, "Loss");
    await page.goForward();
    await at(page, "Back through the loss");
    // What an exercise asks for opens on a click.
    expect(await panel(page).locator(".derivation").count()).toBe(0);
    await panel(page).getByRole("button", { name: "Show the derivation" }).click();
    await panel(page).locator(".derivation math").first().waitFor();

    // Another example has other letters; the same stop shows them.
    const letters = panel(page).locator(".walk-letters");
    const before = await letters.textContent();
    const options = await panel(page).getByLabel("Example").locator("option").allTextContents();
    expect(options).toHaveLength(32);
    const other = options.findIndex((option) => !option.startsWith(before!));
    await panel(page).getByLabel("Example").selectOption({ index: other });
    await panel(page)
      .locator(".walk-letters", { hasText: options[other].split(",")[0] })
      .waitFor();
    await panel(page).getByRole("button", { name: "tanh", exact: true }).click();
    await at(page, "tanh");
    expect(await letters.textContent()).toBe(options[other].split(",")[0]);

    // While it trains, nothing changes unasked.
    await page.getByRole("tab", { name: "Train" }).click();
    await (await ready(page)).click();
    await untilStep(page, 50);
    await page.getByRole("tab", { name: "Walk" }).click();
    const status = panel(page).getByRole("status");
    await status.filter({ hasText: /^The weights after step/ }).waitFor();
    const shown = await status.textContent();
    await panel(page)
      .getByText(/^Training is at step/)
      .waitFor();
    expect(await status.textContent()).toBe(shown);
    await panel(page).getByRole("button", { name: "Walk with the weights of now" }).click();
    await expect.poll(() => status.textContent()).not.toBe(shown);
    await page.getByRole("tab", { name: "Train" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
    await says(page, "Paused");
    const step = (await stepOf(page)).toLocaleString("en");
    await page.getByRole("tab", { name: "Walk" }).click();
    await status.filter({ hasText: `The weights after step ${step} ` }).waitFor();

    await panel(page).getByRole("button", { name: "h", exact: true }).click();
    await page.getByRole("heading", { level: 2, name: "h", exact: true }).waitFor();
    await page.goto(`${url}#tab=walk&stop=nowhere`);
    await panel(page)
      .getByRole("alert")
      .filter({ hasText: "The walk has no stop “nowhere”; its stops are Xb, emb" })
      .waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
