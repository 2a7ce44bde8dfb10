/** "Measure this device" in the page: beside a run, stopped, to its end, and with a device that is lost. */
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { faultsOf } from "../support/axe.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, ready, sabotage, says, serveLab } from "../support/lab.ts";

/** Before the worker's own code: the first device goes in the middle of the floor. */
const LOSING = `
  const request = GPUAdapter.prototype.requestDevice;
  let left = 1;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await request.apply(this, args);
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) => {
      if (descriptor.label === "barriers" && left-- > 0) device.destroy();
      return create(descriptor);
    };
    return device;
  };
`;

describe.skipIf(!chromiumRunsHere)("measuring the device", () => {
  let lab: Lab;
  let browser: Browser;
  beforeAll(async () => {
    lab = await serveLab(inject("page"));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  async function open(script?: string) {
    const url = `${lab.url}#hidden=16&path=fused`;
    const opened = await openLab(browser, script ? "about:blank" : url);
    const { page } = opened;
    if (script) {
      await sabotage(page, script);
      await page.goto(url);
    }
    const button = await ready(page);
    const measure = async () => {
      await page.getByRole("tab", { name: "Device" }).click();
      await page.getByRole("button", { name: "Measure this device" }).click();
    };
    return { ...opened, button, measure };
  }

  test("a run pauses for it, it can be stopped, and then it is measured to its end within a minute", async () => {
    const { page, button, measure, complaints } = await open();
    await button.click();
    await says(page, "Training");
    await measure();
    await says(page, "Measuring hidden 64, batch 32: chunked");
    await page.getByRole("button", { name: "Stop measuring" }).click();
    await says(page, "Stopped: the result is not complete.");
    for (const name of ["The roof", "The floor"]) await page.getByRole("region", { name }).waitFor();
    expect(await page.getByRole("button", { name: "Copy as JSON" }).count()).toBe(0);
    await page.getByRole("tab", { name: "Train" }).click();
    await says(page, "Paused");

    const start = performance.now();
    await measure();
    await says(page, /^Done, in \d+ s\.$/);
    expect(performance.now() - start).toBeLessThan(60_000);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await faultsOf(page)).toEqual([]);
    }
    const steps = page.getByRole("region", { name: "A training step" });
    expect(await steps.textContent()).toMatch(/left out: no single path: batch 1,024/);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as a file" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^\d{4}-\d\d-\d\d-google-swiftshader\.json$/);
    const saved = readFileSync(await download.path(), "utf8");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy as JSON" }).click();
    await says(page, "Copied.");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(saved);
    const result = JSON.parse(saved);
    expect(result.environment).toMatchObject({
      adapter: "google swiftshader",
      kind: "software",
      browser: expect.stringContaining("Mozilla/5.0"),
      info: { vendor: "google", architecture: "swiftshader" },
    });
    expect(result.roof.peakGflopPerSecond).toBeGreaterThan(0);
    expect(result.floor.length).toBeGreaterThan(5);
    expect(result.steps).toHaveLength(12);
    expect(result.steps.filter((row: { status: string }) => row.status === "wrong")).toEqual([]);
    for (const path of ["chunked", "fused", "single", "cpu"])
      expect(result.steps).toContainEqual(expect.objectContaining({ hidden: 64, path, status: "timed" }));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a step is profiled, dispatch by dispatch, in a table that fits a phone", async () => {
    const { page, complaints } = await open();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole("tab", { name: "Device" }).click();
    await page.getByRole("button", { name: "Profile the step" }).click();
    const rows = page.getByRole("region", { name: "The fused step, dispatch by dispatch" });
    await rows.waitFor({ timeout: 60_000 });
    expect(await rows.getByRole("rowheader").first().textContent()).toBe("embedding.gather");
    expect(await rows.getByRole("rowheader").last().textContent()).toBe("sgd.step");
    expect(await rows.textContent()).toMatch(/dispatch|bytes|flops/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await faultsOf(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a lost device ends it with a sentence, and it can be measured again", async () => {
    const { page, measure } = await open(LOSING);
    await measure();
    const alert = page.getByRole("region", { name: "Measure this device" }).getByRole("alert");
    await alert.waitFor({ timeout: 60_000 });
    expect(await alert.textContent()).toMatch(
      /^The device was lost \(.+\) while it was measured, so there is no result/,
    );
    await page.getByRole("button", { name: "Measure this device" }).click();
    await says(page, "Measuring the roof");
    await page.getByRole("button", { name: "Stop measuring" }).click();
    await says(page, "Stopped");
    await page.context().close();
  });
});
