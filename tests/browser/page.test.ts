/** The built page in the Chromium that comes through npm: WebGPU on SwiftShader. */
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

  test("trains on WebGPU", async () => {
    const { page, complaints } = await open();
    await page.getByRole("button", { name: "Start" }).click({ timeout: 60_000 });
    await page.getByText(/step [\d,]+ of 20,?000/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click({ timeout: 60_000 });
    await page.getByRole("button", { name: /Start|Resume/ }).waitFor({ timeout: 60_000 });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
