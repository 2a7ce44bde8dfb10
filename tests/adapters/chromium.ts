/** Runs the suite in a page of npm's Chromium. */
import { launchChromium } from "../support/chromium.ts";
import type { Extent } from "../support/kernels.ts";
import { runInPage, type Visit } from "./served.ts";
import type { Row } from "./suite.ts";

/**
 * See {@link runInPage}.
 * @throws Error also if there is no Chromium
 */
export const runInChromium = (extent: Extent, onRow: (row: Row) => void): Promise<string> =>
  runInPage(extent, visit, onRow);

async function visit(url: string): Promise<Visit> {
  const browser = await launchChromium();
  const page = await browser.newPage();
  const failed = new Promise<never>((_, reject) => {
    page.on("pageerror", reject);
    page.on("crash", () => reject(new Error("the page crashed")));
  });
  await page.goto(url);
  return { failed, close: () => browser.close() };
}
