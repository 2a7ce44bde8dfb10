/** Several networks in the Train tab, the whole way on the CPU reference: seeds, a search for a learning rate, and one of them alone. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { faultsOf } from "../support/axe.ts";
import { drop, openLab, ready, says } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

const WORDS = "anna\notto\nada\nbob\nhannah\nelle\neve\nava\n".repeat(4);

describeOnCpu("several networks", (shared) => {
  const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const rows = (page: Page) => page.getByRole("region", { name: /^Networks \d/ }).getByRole("radio");
  const params = (page: Page) => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));

  test("train, are looked at, saved and go on alone, and none is lost without a question", async () => {
    const { page, complaints } = await openLab(
      shared.browser,
      `${shared.lab.url}#hidden=5&batch=8&steps=60&population=3`,
    );
    await ready(page);
    await drop(page, "few.txt", WORDS);
    await page.getByText("32 in few.txt").waitFor();
    await (await ready(page)).click();
    await says(page, /^Done$/);
    expect(await rows(page).count()).toBe(3);
    await page.getByText("one network after another").waitFor();
    await page
      .getByText(/^[\d.]+ ± [\d.]+$/)
      .first()
      .waitFor();
    expect(await page.getByText(/^[\d.]+ ± [\d.]+$/).count()).toBe(2);
    expect(await faultsOf(page)).toEqual([]);

    // The second best, by keyboard.
    const second = await rows(page).nth(1).getAttribute("aria-label");
    await rows(page).first().focus();
    await page.keyboard.press("ArrowDown");
    const chosen = page.getByRole("region", { name: new RegExp(`^${second} at step 60`, "i") });
    expect(await chosen.getByRole("listitem").count()).toBe(20);
    await chosen.getByRole("img", { name: "Characters in two dimensions" }).waitFor();
    const download = page.waitForEvent("download");
    await button(page, "Save checkpoint").click();
    expect((await download).suggestedFilename()).toBe(
      `backprop-ninja-${second?.replace(" ", "-")}-60.safetensors`,
    );

    // Another number of seeds is another population: that asks first.
    await page.getByLabel("Seeds", { exact: true }).fill("2");
    expect(params(page).population).toBe("2");
    await button(page, "Start").click();
    await button(page, "Keep them").click();
    expect(await rows(page).count()).toBe(3);
    await page.getByLabel("Seeds", { exact: true }).fill("1");
    await page.getByText("Seeds is 1; it must be a whole number from 2 to 256").waitFor();
    expect(await button(page, "Start").isDisabled()).toBe(true);

    // Alone it is a run as any other, and is kept.
    await button(page, "Go on with it alone").click();
    await page.getByRole("region", { name: /^Runs/ }).getByText("step 60 of 60").waitFor();
    expect(params(page)).toMatchObject({ steps: "60", seed: second?.split(" ")[1] });
    expect(params(page).population).toBeUndefined();
    await page.getByLabel("Steps", { exact: true }).fill("70");
    await button(page, "Resume").click();
    await page.getByText("step 70 of 70").waitFor();

    // The page asks before it is left.
    const left = page.waitForEvent("dialog");
    void page.evaluate(() => location.reload());
    const dialog = await left;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("search a learning rate, pause and resume, and fit a narrow screen", async () => {
    const viewport = { width: 360, height: 740 };
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#hidden=5&batch=8`, {
      viewport,
    });
    await ready(page);
    await page.getByRole("radio", { name: "Learning-rate search" }).check();
    expect(params(page)).toEqual({ hidden: "5", batch: "8", "lr-range": "0.001:1:64" });
    await page.getByLabel("Rates", { exact: true }).fill("24");
    await page.getByLabel("To", { exact: true }).fill("1000");
    await (await ready(page)).click();
    await says(page, "Training");
    await button(page, "Pause").click();
    await says(page, "Paused");
    await button(page, "Resume").click();
    await says(page, /^Done$/);
    const plot = page.getByRole("img", {
      name: /^Loss over the learning rate\. The lowest loss is [\d.]+, with/,
    });
    expect(await plot.getAttribute("aria-label")).toMatch(/It breaks from [\d.]+ on, where the loss is/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await faultsOf(page)).toEqual([]);
    await button(page, /^Train one network with/).click();
    expect(params(page).lr).toMatch(/^[\d.]+$/);
    expect(params(page)["lr-range"]).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
