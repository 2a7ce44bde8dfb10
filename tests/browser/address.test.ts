/** The page's form and address hold the same settings, and equal addresses train equal runs. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openLab, ready, says, untilKept, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("the address", (shared) => {
  const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
  const settings = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1));

  test("sets the form, and follows it", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#hidden=32&decay-at=0.7`);
    expect(await field(page, "Hidden").inputValue()).toBe("32");
    expect(await field(page, "Decay at").inputValue()).toBe("0.7");
    expect(await field(page, "Batch").inputValue()).toBe("32");

    await field(page, "Batch").fill("16");
    await field(page, "Decay at").fill("0.5");
    await expect.poll(() => Object.fromEntries(settings(page))).toEqual({ hidden: "32", batch: "16" });
    await page.reload();
    expect(await field(page, "Batch").inputValue()).toBe("16");

    // Only the chosen optimiser's settings are shown; the other one's are left out of the address.
    await field(page, "Momentum").fill("0.9");
    await field(page, "Optimiser").selectOption("adamw");
    await field(page, "Beta 1").fill("0.8");
    expect(await field(page, "Momentum").count()).toBe(0);
    await expect.poll(() => settings(page).toString()).toMatch(/&optimizer=adamw&beta1=0.8$/);
    await field(page, "Optimiser").selectOption("sgd");
    expect(await field(page, "Beta 1").count()).toBe(0);
    await expect.poll(() => settings(page).toString()).toMatch(/&momentum=0.9$/);
    await field(page, "Momentum").fill("0");

    // Settings that cannot be trained do not get into the address.
    await field(page, "Batch").fill("1");
    const alert = page.getByRole("alert").first();
    expect(await alert.textContent()).toMatch(/Batch is 1;.*from 2/);
    expect(settings(page).get("batch")).toBe("16");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("holds how words are read, which are read again when that changes", async () => {
    const { page, complaints } = await openLab(
      shared.browser,
      `${shared.lab.url}#keep-spaces=true&hidden=16`,
    );
    await ready(page);
    await page.getByRole("button", { name: "Paste…" }).click();
    const words = ["st. anna", "ben ", ...Array.from("abcdefghij")].join("\n");
    await page.getByRole("textbox", { name: /^One word a line/ }).fill(words);
    await page.getByRole("button", { name: "Use these" }).click();
    await page.getByRole("alert").filter({ hasText: 'contains "."' }).waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("give Terminator _ (a character");
    await field(page, "Terminator").fill("_");
    await page.getByText("16 characters").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await field(page, "Keep spaces").uncheck();
    await page.getByText("from the ends of 1 line").waitFor();
    expect(settings(page).toString()).toBe("hidden=16&terminator=_");
    await field(page, "Terminator").fill("a");
    await page.getByRole("alert").filter({ hasText: 'contains "a"' }).waitFor();
    await field(page, "Terminator").fill("_");
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("that makes no sense is refused in one line, and nothing of it is used", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#hidden=32&hiden=64`);
    expect(await page.getByRole("alert").textContent()).toMatch(/"hiden", which is not a setting/);
    expect(await field(page, "Hidden").inputValue()).toBe("64");
    await ready(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("trains the same run elsewhere, whether or not it was stopped and the page reloaded on the way", async () => {
    const address = `${shared.lab.url}#hidden=16&steps=400`;
    const result = async (page: Page) => {
      await says(page, "Done");
      const splits = await page.getByText(/^Whole splits at step 400/).textContent();
      const names = page.getByRole("region", { name: /^Names/ });
      return { splits, names: await names.getByRole("listitem").allTextContents() };
    };

    const straight = await openLab(shared.browser, address);
    await (await ready(straight.page)).click();
    const want = await result(straight.page);
    expect(want.names).toHaveLength(20);

    const interrupted = await openLab(shared.browser, address);
    const { page } = interrupted;
    for (let step = 1; step <= 3; step++) {
      await ready(page);
      await page.getByRole("button", { name: "One step" }).click();
      await untilStep(page, step);
    }
    await untilKept(page, 3);
    await page.reload();
    await page.getByRole("button", { name: "Resume at step 3" }).click();
    expect(await result(page)).toEqual(want);
    expect([...straight.complaints, ...interrupted.complaints]).toEqual([]);
  });
});
