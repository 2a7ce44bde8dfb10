/** The page is accessible: axe-core on every tab in light and dark, by keyboard alone, and on a narrow screen. */
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultsOf } from "../support/axe.ts";
import { openLab, ready, says, stepOf, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

const TABS = ["Walk", "Derive", "Train", "Check", "Device"] as const;

describeOnCpu("the page", (shared) => {
  const show = async (page: Page, tab: (typeof TABS)[number]) => {
    await page.getByRole("tab", { name: tab }).click();
    const panel = page.getByRole("tabpanel", { name: tab });
    // What a tab shows once it has loaded.
    await panel.getByRole("heading").or(panel.getByRole("table")).first().waitFor();
  };

  test("a first visit is told what this is, and where to begin; words are explained; the layout follows the window", async () => {
    const { page, complaints } = await openLab(shared.browser, shared.lab.url, {
      viewport: { width: 1280, height: 720 },
    });
    const start = await ready(page);
    const intro = page.getByRole("region", { name: "What this is" });
    const about = page.getByRole("button", { name: "About" });
    expect((await intro.locator("p").textContent())?.match(/[^.]+\./g)).toHaveLength(2);
    expect(
      await intro.getByRole("link").evaluateAll((links) => links.map((a) => a.getAttribute("href"))),
    ).toEqual([
      expect.stringContaining("youtube.com/watch?v=q8SA3rM6ckI"),
      expect.stringContaining("makemore_part4_backprop.ipynb"),
    ]);
    const boxOf = async (what: Locator) => (await what.boundingBox())!;
    const progress = page.getByRole("progressbar", { name: "Share of the steps done" });
    expect((await boxOf(progress)).y).toBeLessThan(600);

    // By keyboard: the word's explanation, and its end.
    const says = page.getByRole("tooltip");
    await page.getByRole("button", { name: "dev", exact: true }).focus();
    expect(await says.textContent()).toMatch(/^Words that the network is not trained on/);
    await page.keyboard.press("Escape");
    await says.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Examples", exact: true }).hover();
    expect((await boxOf(says)).x).toBeGreaterThanOrEqual(0);

    // A file over the page.
    const drag = async (type: string) =>
      page.locator("main").dispatchEvent(type, {
        dataTransfer: await page.evaluateHandle(() => {
          const files = new DataTransfer();
          files.items.add(new File(["a"], "a.txt"));
          return files;
        }),
      } as unknown as EventInit);
    const target = page.getByText("Drop it anywhere");
    await drag("dragover");
    await target.waitFor();
    await drag("dragleave");
    await target.waitFor({ state: "detached" });

    // The header's ends stand above the content's; a narrow window folds what would stand above the run.
    await page.setViewportSize({ width: 1920, height: 1080 });
    const name = page.getByRole("heading", { name: "backprop-ninja" });
    expect((await boxOf(name)).x).toBe((await boxOf(intro)).x);
    const form = page.getByRole("textbox", { name: "Terminator" });
    await form.waitFor();
    await page.setViewportSize({ width: 800, height: 720 });
    await form.waitFor({ state: "hidden" });
    expect((await boxOf(start)).y).toBeLessThan(720);

    // A way in closes the introduction for good, and the header has it.
    await intro.getByRole("button", { name: /^Derive/ }).click();
    await page.getByRole("tabpanel", { name: "Derive" }).waitFor();
    await page.goto(shared.lab.url);
    await about.waitFor();
    expect(await intro.isVisible()).toBe(false);
    await about.click();
    await intro.getByRole("button", { name: "Close the introduction" }).click();
    expect(await about.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("axe-core finds no serious fault in any tab, nor in an open tensor or dialog, light or dark", async () => {
    const { page, complaints } = await openLab(shared.browser, shared.lab.url);
    // With an explanation open.
    await page.getByRole("button", { name: "dev", exact: true }).focus();
    await page.getByRole("tooltip").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await (await ready(page)).click();
    await untilStep(page, 200);
    await page.getByRole("button", { name: "Pause" }).click();
    await says(page, "Paused");
    await play(page);
    await page.getByRole("button", { name: /^Rename/ }).click();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Paste…" }).click();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");

    await show(page, "Walk");
    await page.getByRole("button", { name: "The update", exact: true }).click();
    expect(await faultsOf(page)).toEqual([]);

    await show(page, "Check");
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole("rowheader", { name: "dhprebn" }).getByRole("button").click();
    await page.getByRole("heading", { name: "dhprebn" }).waitFor();
    expect(await faultsOf(page)).toEqual([]);

    await show(page, "Device");
    expect(await faultsOf(page)).toEqual([]);
    await show(page, "Derive");
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  /** What the network makes of a beginning, names as the reader asks for them, and a gradient that could be broken. */
  async function play(page: Page): Promise<void> {
    const play = page.getByRole("region", { name: /^Play/ });
    await play.scrollIntoViewIfNeeded();
    const typed = play.getByLabel("A name begins with");
    await typed.fill("a");
    const bar = play.getByRole("button", { name: /^n\s*[\d.]+ %$/ });
    await play.getByText("that begin with “a”").waitFor();
    expect(await play.getByRole("button", { name: / %$/ }).count()).toBe(27);
    await bar.click();
    await play.getByText("that begin with “an”").waitFor();
    expect(await typed.inputValue()).toBe("an");
    const names = play.getByRole("list");
    for (const name of await names.nth(1).getByRole("listitem").allTextContents())
      expect(name).toMatch(/^an[a-z]*$/);

    await play.getByText("How they are drawn").click();
    await play.getByLabel("Count").fill("7");
    await play.getByLabel("Longest").fill("9");
    await play.getByRole("button", { name: "Draw names" }).click();
    await play.getByText(/^At step [\d,]+, seed \d+: \d of 7 are training words/).waitFor();
    const drawn = await names.last().getByRole("listitem").allTextContents();
    expect(drawn).toHaveLength(7);
    for (const name of drawn) expect(name).toMatch(/^an[a-z]{0,7}$/);
    await play.getByRole("button", { name: "Draw more" }).click();
    await play
      .getByText(/^At step [\d,]+, seed/)
      .nth(1)
      .waitFor();

    // A character that the network does not know is refused at its field, until there is none.
    await typed.fill("anÜ");
    const refusal = play.getByRole("alert");
    expect(await refusal.textContent()).toMatch(/^Prefix is "anÜ", but "Ü" is no character of this network/);
    await typed.fill("an");
    await refusal.waitFor({ state: "detached" });

    await page.getByText("Break a gradient on purpose").click();
    await page.getByText("What the exercises say to whoever writes it").waitFor();
  }

  test("the keyboard alone switches tabs and trains", async () => {
    const { page } = await openLab(shared.browser, shared.lab.url);
    await ready(page);
    const focused = () => page.locator(":focus");
    const press = (key: string) => page.keyboard.press(key);
    await press("Tab");
    expect(await focused().textContent()).toBe("About");
    await press("Tab");
    expect(await focused().textContent()).toMatch(/^Train/);
    for (const [key, name] of [
      ["ArrowRight", "Check"],
      ["ArrowRight", "Device"],
      ["ArrowRight", "Walk"],
      ["End", "Device"],
      ["ArrowLeft", "Check"],
      ["Home", "Walk"],
      ["ArrowRight", "Derive"],
      ["ArrowRight", "Train"],
    ]) {
      await press(key);
      expect(await focused().textContent()).toMatch(new RegExp(`^${name}`));
      expect(await page.getByRole("tab", { selected: true }).textContent()).toMatch(new RegExp(`^${name}`));
      await page.getByRole("tabpanel", { name }).waitFor();
    }
    const start = page.getByRole("button", { name: "Start" });
    for (let i = 0; i < 40 && !(await start.evaluate((b) => b === document.activeElement)); i++)
      await press("Tab");
    await press("Enter");
    await untilStep(page, 20);
    // The focus stays on the button, which pauses now.
    await press("Enter");
    await says(page, "Paused");
    expect(await stepOf(page)).toBeGreaterThan(0);
    await page.context().close();
  });

  describe("on a screen of 360 px", () => {
    let page: Page;
    beforeAll(async () => {
      const viewport = { width: 360, height: 640 };
      ({ page } = await openLab(shared.browser, shared.lab.url, { viewport }));
      await ready(page);
    });
    afterAll(() => page?.context().close());

    test.each(TABS)("%s fits", async (tab) => {
      await show(page, tab);
      if (tab === "Check") {
        await page.getByRole("rowheader", { name: "dhprebn" }).getByRole("button").click();
        await page.getByRole("heading", { name: "dhprebn" }).waitFor();
      }
      const { scroll, inner } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        inner: window.innerWidth,
      }));
      expect(inner).toBe(360);
      expect(scroll).toBe(360);
      if (tab === "Train") {
        const controls = await page.locator(".controls > button").evaluateAll((buttons) =>
          buttons.map((button) => {
            const { x, width } = button.getBoundingClientRect();
            return `${x} ${width}`;
          }),
        );
        expect(new Set(controls).size).toBe(2);
      }
    });
  });
});
