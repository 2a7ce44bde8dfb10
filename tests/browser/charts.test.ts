/** The chart of losses, on a page of its own: what its pixels show, and what it says under the pointer, a finger and the arrow keys. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Table } from "../../src/lab/charts/rows.ts";
import { faultsOf } from "../support/axe.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, serveComponent } from "../support/lab.ts";
import type { ChartPage, Shown } from "./charts/main.tsx";

/** Minibatches between 2 and 4, in buckets of `width` steps from step 0 on. */
function band(count: number, width: number): Table {
  const flat = (loss: number): number[] => Array(count).fill(loss);
  const steps = flat(0).map((_, i) => i * width + (width - 1) / 2);
  return { steps, lines: [flat(4), flat(2), flat(2.25)] };
}
const dev = (step: number, loss: number): Table => ({ steps: [step], lines: [[loss]] });

describe.skipIf(!chromiumRunsHere)("the chart of losses", () => {
  let lab: Lab;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    lab = await serveComponent("charts");
    browser = await launchChromium([]);
    ({ page, complaints } = await openLab(browser, lab.url, { hasTouch: true }));
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  const show = async (what: Shown) => {
    await page.evaluate((what) => (window as unknown as { page: ChartPage }).page.show(what), what);
    await page.locator(".u-over").waitFor();
    // It draws in the frame after the next.
    await page.waitForTimeout(100);
  };
  /** The colours at a share of the width and of the height, from the bottom; and which custom property has each. */
  const colours = (places: readonly (readonly [x: number, y: number])[]) =>
    page.evaluate((places) => {
      const canvas = document.querySelector("canvas")!;
      const [all, over] = [canvas, document.querySelector(".u-over")!].map((e) => e.getBoundingClientRect());
      const context = canvas.getContext("2d")!;
      const names = ["--raw", "--accent", "--dev", "--ink"];
      const style = getComputedStyle(document.documentElement);
      return places.map(([x, y]) => {
        const left = over.left - all.left + x * over.width;
        const top = over.top - all.top + (1 - y) * over.height;
        const [r, g, b] = context.getImageData(left * devicePixelRatio, top * devicePixelRatio, 1, 1).data;
        const hex = `#${[r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("")}`;
        return names.find((name) => style.getPropertyValue(name).trim() === hex) ?? hex;
      });
    }, places);
  const legend = async () => (await page.locator(".legend").innerText()).replace(/\s+/g, " ").trim();
  const slider = () => page.getByRole("slider", { name: "Loss" });

  test("the band of minibatches is filled between its edges, and only there", async () => {
    await show({ tables: [band(2000, 8), dev(9000, 3)] });
    // The axis has 6 % more than the data at both ends: losses 2.5, 3.2 and 3.9, then 1.9 and 4.1.
    const y = (loss: number) => (loss - 1.88) / 2.24;
    for (const x of [0.05, 0.3, 0.8])
      expect(await colours([2.5, 3.2, 3.9].map((loss) => [x, y(loss)]))).toEqual(["--raw", "--raw", "--raw"]);
    for (const colour of await colours([1.92, 4.08].map((loss) => [0.3, y(loss)])))
      expect(colour).not.toBe("--raw");
  });

  test("a dot of dev is at its own step, and the decay at its own", async () => {
    // The rows nearest to them are 50 steps away, which is 10 pixels.
    const events = [{ step: 4000, label: "learning rate 0.1 → 0.01" }];
    await show({ tables: [band(60, 100), dev(1000, 3.5)], events });
    const last = 59 * 100 + 49.5;
    expect(await colours([[1000 / last, (3.5 - 1.88) / 2.24]])).toEqual(["--dev"]);
    const dashes = Array.from({ length: 30 }, (_, i) => [4000 / last, 0.02 + i * 0.005] as const);
    expect(await colours(dashes)).toContain("--ink");
    const name = "Loss; at step 4,000, learning rate 0.1 → 0.01";
    await page.getByRole("slider", { name }).waitFor();
  });

  test("a single loss is a dot", async () => {
    await show({
      tables: [
        { steps: [0], lines: [[4], [4], [4]] },
        { steps: [0, 1], lines: [[3, 2]] },
      ],
    });
    // The axis has losses from 1.88 to 4.12; the dot is a ring.
    const ring = Array.from({ length: 9 }, (_, i) => [0, 2.12 / 2.24 + (i - 4) * 0.005] as const);
    expect(await colours(ring)).toContain("--accent");
  });

  test("labels of any length have room beside the axis", async () => {
    /** Pixels that are drawn between the axis's name and the axis. */
    const inkOfLabels = () =>
      page.evaluate(() => {
        const canvas = document.querySelector("canvas")!;
        const width = document.querySelector<HTMLElement>(".u-over")!.offsetLeft - 24;
        const { data } = canvas.getContext("2d")!.getImageData(18, 0, width, canvas.height - 60);
        return data.filter((alpha, i) => i % 4 === 3 && alpha > 60).length;
      });
    const room = () => page.locator(".u-over").evaluate((over) => (over as HTMLElement).offsetLeft);
    await show({ tables: [band(10, 1), dev(0, 3)] });
    const before = await room();
    const steps = [0, 1];
    const lines = [786_236.1, 786_236.0, 786_236.05].map((loss) => [loss, loss]);
    await show({ tables: [{ steps, lines }, dev(0, 786_236.02)] });
    // As wide as "786,236.02" is at 11 px, and not as "3.5".
    expect(await room()).toBeGreaterThan(before + 25);

    // A loss that explodes has some too, on both scales.
    for (const log of [false, true]) {
      const lines = [
        [3e21, 3e17],
        [1e21, 1e17],
        [2e21, 2e17],
      ];
      await show({ tables: [{ steps, lines }, dev(0, 3)], log });
      expect(await inkOfLabels()).toBeGreaterThan(200);
    }
  });

  test("it says what is under the pointer", async () => {
    await show({ tables: [band(1000, 1), dev(990, 2.25)] });
    expect(await legend()).toBe("step 999 minibatch 2.0000 to 4.0000 smoothed 2.2500 dev 2.2500 at step 990");
    const box = (await page.locator(".u-over").boundingBox())!;
    await page.mouse.move(box.x + box.width / 4, box.y + 20);
    await page.waitForTimeout(50);
    expect(await legend()).toMatch(/^step 2(49|50) minibatch/);
    await page.mouse.move(1, 1);
    await page.waitForTimeout(50);
    expect(await legend()).toMatch(/^step 999 /);
  });

  test("keys move along the steps, whatever comes meanwhile", async () => {
    await page.getByRole("button", { name: "Before" }).focus();
    await page.keyboard.press("Tab");
    const text = () => slider().getAttribute("aria-valuetext");
    expect(await text()).toMatch(/^step 999, minibatch 2.0000 to 4.0000, smoothed 2.2500, dev/);
    for (const key of ["Home", "PageUp", "ArrowRight", "ArrowRight", "ArrowLeft"])
      await page.keyboard.press(key);
    expect(await text()).toMatch(/^step 101,/);
    await show({ tables: [band(1000, 2), dev(990, 2.25)] });
    // The rows are two steps each now.
    expect(await legend()).toMatch(/^step 100 /);
    await page.keyboard.press("Escape");
    expect(await legend()).toMatch(/^step 1,998 /);
    await page.keyboard.press("Home");
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Behind");
    expect(await legend()).toMatch(/^step 1,998 /);
  });

  test("a finger's step stays until it touches something else", async () => {
    const box = (await page.locator(".u-over").boundingBox())!;
    await page.touchscreen.tap(box.x + box.width / 2, box.y + 50);
    await page.waitForTimeout(50);
    expect(await legend()).toMatch(/^step (998|1,000) /);
    await page.getByRole("button", { name: "Behind" }).tap();
    await page.waitForTimeout(50);
    expect(await legend()).toMatch(/^step 1,998 /);
  });

  test("it is accessible, and nothing was refused", async () => {
    expect(await faultsOf(page)).toEqual([]);
    await show({ tables: [] });
    expect(await page.getByRole("img", { name: "Loss" }).count()).toBe(1);
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
