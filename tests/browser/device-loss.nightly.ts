/** The page's device is lost while it trains: it goes on by itself, says so, and ends with the same weights. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, ready, sabotage, serveLab, stepOf } from "../support/lab.ts";

/** Before the worker's own code: the first device is destroyed after its 40th submit. */
const SABOTAGE = `
  let left = 1;
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await request.apply(this, args);
    const submit = device.queue.submit.bind(device.queue);
    let submits = 0;
    device.queue.submit = (buffers) => {
      submit(buffers);
      if (++submits === 40 && left-- > 0) device.destroy();
    };
    return device;
  };
`;

describe.skipIf(!chromiumRunsHere)("a device that is lost in the page", () => {
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

  /** Trains 150 steps; the state that the saved checkpoint has, and the page. */
  async function train(script: string): Promise<{ state: string; page: Page; complaints: string[] }> {
    const { page, complaints } = await openLab(browser, "about:blank");
    await sabotage(page, script);
    await page.goto(`${lab.url}#steps=150&hidden=16&path=fused`);
    await (await ready(page)).click();
    // A software device compiles every kernel again, which takes its time on a busy machine.
    await page.getByRole("status").filter({ hasText: "Done" }).waitFor({ timeout: 110_000 });
    expect(await stepOf(page)).toBe(150);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save checkpoint" }).click(),
    ]);
    const { step, parameters, generator } = decodeCheckpoint(readFileSync(await download.path()), "saved");
    const hash = createHash("sha256").update(generator);
    for (const name of Object.keys(parameters).sort()) hash.update(parameters[name as "C"]);
    return { state: `${step} ${hash.digest("hex")}`, page, complaints };
  }

  test("goes on by itself to the same weights, and says so", async () => {
    const undisturbed = await train("");
    expect(await undisturbed.page.getByText("the device was lost").count()).toBe(0);
    await undisturbed.page.context().close();
    const { state, page, complaints } = await train(SABOTAGE);
    await page
      .getByRole("status")
      .filter({ hasText: /^The device was lost \(.+\); a new one / })
      .waitFor();
    expect(state).toBe(undisturbed.state);
    // The browser was given no site, so every request of the page counts as one to another.
    expect(complaints.filter((c) => !c.startsWith(`request to ${lab.url}`))).toEqual([]);
  }, 240_000);
});
