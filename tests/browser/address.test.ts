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
    await expect.poll(() => page.getByRole("alert").first().textContent()).toMatch(/Batch is 1;.*from 2/);
    expect(settings(page).get("batch")).toBe("16");

    // Each field says so itself, and Start says which, and leads there.
    await field(page, "Learning rate").fill("");
    await expect.poll(() => page.getByRole("alert").getByRole("listitem").count()).toBe(2);
    const wrong = await field(page, "Learning rate").evaluate((input) => [
      input.getAttribute("aria-invalid"),
      document.getElementById(input.getAttribute("aria-describedby")!.split(" ")[0])?.textContent,
    ]);
    expect(wrong).toEqual(["true", expect.stringMatching(/^Learning rate is empty; it must be/)]);
    await page.getByText("Settings", { exact: true }).click();
    await (await ready(page)).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("setting-batch");
    await page.getByRole("button", { name: "Learning rate", exact: true }).click();
    await field(page, "Learning rate").fill("0.2");
    await field(page, "Batch").fill("2");
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    expect(await field(page, "Batch").getAttribute("aria-invalid")).toBe("false");
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

    // What was refused is forgotten once the list that is there trains.
    await page.getByRole("button", { name: "Paste…" }).click();
    await page.getByRole("textbox", { name: /^One word a line/ }).fill(`${words}\nan_na`);
    await page.getByRole("button", { name: "Use these" }).click();
    await page.getByRole("alert").filter({ hasText: 'contains "_"' }).waitFor();
    await page.getByRole("button", { name: "One step" }).click();
    await untilStep(page, 1);
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("that makes no sense is refused in one line, and nothing of it is used; one with a question asks it at Start", async () => {
    const viewport = { width: 390, height: 844 };
    const address = `${shared.lab.url}#hidden=32&hiden=64`;
    const { page, complaints } = await openLab(shared.browser, address, { viewport });
    expect(await page.getByRole("alert").textContent()).toMatch(/"hiden", which is not a setting/);
    expect(await field(page, "Hidden").inputValue()).toBe("64");
    await page.getByRole("button", { name: "One step" }).and(page.locator(":enabled")).click();
    await untilStep(page, 1);
    // Whoever trains all the same has done with it.
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(settings(page).toString()).toBe("");

    await page.evaluate(() => {
      location.hash = "words=notebook";
    });
    const bundled = page.getByRole("button", { name: "Use the bundled names" });
    await bundled.waitFor();
    const start = page.getByRole("button", { name: "Resume" });
    expect(await start.isDisabled()).toBe(true);
    await bundled.click();
    expect(await start.isDisabled()).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("trains the same run elsewhere, whether or not it was stopped and the page reloaded on the way", async () => {
    const address = `${shared.lab.url}#hidden=4&steps=400`;
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
    await straight.page.getByText("To go on, set Steps to more than 400 and press Resume.").waitFor();
    await field(straight.page, "Steps").fill("300");
    const tooFew = /^Steps is 300, but the run already has 400 steps/;
    await straight.page.getByRole("alert").getByText(tooFew).waitFor();
    await field(straight.page, "Steps").fill("410");
    await straight.page
      .getByRole("button", { name: "Resume" })
      .and(straight.page.locator(":enabled"))
      .waitFor();

    const interrupted = await openLab(shared.browser, address);
    const { page } = interrupted;
    for (const [name, step] of [
      ["One step", 1],
      ["One step", 2],
      ["10 steps", 12],
    ] as const) {
      await ready(page);
      await page.getByRole("button", { name }).click();
      await untilStep(page, step);
    }
    await untilKept(page, 12);
    await page.reload();
    await page.getByRole("button", { name: "Resume at step 12" }).click();
    expect(await result(page)).toEqual(want);
    expect([...straight.complaints, ...interrupted.complaints]).toEqual([]);
  });
});
