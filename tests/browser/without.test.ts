/** The page where there is no WebGPU: it says why and what to do, and works on the CPU reference. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, ready, says, serveLab, stepOf, untilStep } from "../support/lab.ts";

describe.skipIf(!chromiumRunsHere)("without WebGPU", () => {
  let lab: Lab;
  let browser: Browser | undefined;
  beforeAll(async () => {
    lab = await serveLab(inject("page"));
  });
  afterAll(() => lab?.close());
  afterEach(async () => {
    await browser?.close();
    browser = undefined;
  });

  test.each([
    {
      what: "no navigator.gpu, since the page came over http",
      flags: ["--enable-unsafe-webgpu", "--host-resolver-rules=MAP lab.test 127.0.0.1"],
      host: "lab.test",
      gpu: false,
      title: /not secure.*http:\/\/lab\.test/,
      step: /http:\/\/localhost:\d+/,
    },
    {
      what: "no adapter",
      flags: [],
      host: "127.0.0.1",
      gpu: true,
      title: /Chrome has WebGPU, but offers no adapter/,
      step: /--enable-unsafe-webgpu/,
    },
  ])(
    "$what: it trains and checks on the CPU, and Device helps",
    async ({ flags, host, gpu, title, step }) => {
      browser = await launchChromium(flags);
      const { page, complaints } = await openLab(browser, lab.url.replace("127.0.0.1", host));
      await (await ready(page)).click();
      expect(await page.evaluate(() => "gpu" in navigator)).toBe(gpu);
      expect(await page.getByRole("banner").textContent()).toContain("CPU reference");
      await untilStep(page, 100);
      await page.getByRole("button", { name: "Pause" }).click();
      await says(page, "Paused");
      expect(await stepOf(page)).toBeGreaterThanOrEqual(100);

      await page.getByRole("tab", { name: "Check" }).click();
      await page.getByRole("row").nth(26).waitFor();

      await page.getByRole("tab", { name: "Train" }).click();
      await page.getByRole("button", { name: "What to do here" }).click();
      const help = page.getByRole("region", { name: title });
      await help.getByRole("listitem").filter({ hasText: step }).first().waitFor();
      await page.getByText("There are no kernels to test").waitFor();
      expect(complaints).toEqual([]);
    },
  );
});
