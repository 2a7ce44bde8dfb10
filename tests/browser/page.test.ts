/** The built page in the Chromium that comes through npm: WebGPU on SwiftShader, and a browser without WebGPU. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";

const supported = process.platform === "linux" && process.arch === "x64";
const title = `the page in Chromium${supported ? "" : " (skipped: its npm package is for Linux x64)"}`;

describe.skipIf(!supported)(title, () => {
  let folder: string;
  let server: PreviewServer;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "backprop-ninja-page-"));
    await build({ logLevel: "error", build: { outDir: folder } });
    server = await preview({ logLevel: "error", build: { outDir: folder }, preview: { port: 0 } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(prepare: (page: Page) => Promise<unknown> = async () => {}) {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (m) => {
      if (m.type() === "error") complaints.push(m.text());
    });
    page.on("pageerror", (e) => complaints.push(e.message));
    await prepare(page);
    await page.goto(server.resolvedUrls?.local[0] ?? "");
    return { page, complaints };
  }

  test("trains on WebGPU, the loss falls, names come out, and every gradient is approximate", async () => {
    const { page, complaints } = await open();
    const status = page.locator("#status");
    await page.locator("#train:enabled").click({ timeout: 60_000 });
    expect(await page.locator("#adapter").textContent()).toMatch(/SwiftShader.*This is software/i);
    await status.filter({ hasText: "2000 steps done" }).waitFor({ timeout: 100_000 });
    const loss = Number((await status.textContent())?.match(/dev loss ([\d.]+)/)?.[1]);
    expect(loss).toBeGreaterThan(1.9);
    expect(loss).toBeLessThan(2.6);
    await page.locator("#names li").nth(19).waitFor({ state: "attached", timeout: 30_000 });
    expect(await page.locator("#names li").count()).toBe(20);

    await page.locator("#check").click();
    await status.filter({ hasText: "gradients approximate" }).waitFor({ timeout: 100_000 });
    expect(await status.textContent()).toBe("all 26 gradients approximate");
    expect(await page.locator("#rows tbody tr").count()).toBe(26);
    expect(complaints).toEqual([]);
    const screenshot = process.env.SCREENSHOTS;
    if (screenshot) await page.screenshot({ path: join(screenshot, "page.png"), fullPage: true });
    await page.close();
  });

  test("without navigator.gpu it says so and the CPU reference computes", async () => {
    const { page, complaints } = await open((p) =>
      p.addInitScript(() => Object.defineProperty(navigator, "gpu", { value: undefined })),
    );
    await page.locator("#check:enabled").click({ timeout: 60_000 });
    expect(await page.locator("#adapter").textContent()).toContain("CPU reference");
    await page
      .locator("#status")
      .filter({ hasText: "all 26 gradients approximate" })
      .waitFor({ timeout: 30_000 });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
