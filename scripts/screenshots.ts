/** Takes the README's pictures of the page: `npm run screenshots` (Linux x64, where npm installs Chromium). */
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Page } from "playwright-core";
import { KERNEL_TASKS } from "../src/exercises/kernels/catalogue.ts";
import { launchChromium } from "../tests/support/chromium.ts";
import { buildLab, openLab, ready, says, serveLab, stepOf, untilStep } from "../tests/support/lab.ts";

const DOCS = resolve(import.meta.dirname, "..", "docs");
const LIMIT = 300_000;
const VIEWPORT = { width: 1280, height: 900 };

async function take(page: Page, name: string, colorScheme: "light" | "dark" = "light"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.waitForTimeout(500);
  const path = join(DOCS, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${relative(process.cwd(), path)} ${(size / 1000).toFixed(0)} kB`);
  if (size > LIMIT) throw new Error(`${path} has ${size} bytes, more than ${LIMIT}: use a smaller viewport`);
}

/** A tree that adds up a column, with its barriers left out. */
const raced = KERNEL_TASKS.find(({ name }) => name === "repair.race")!.stub;

mkdirSync(DOCS, { recursive: true });
const { folder } = await buildLab();
const lab = await serveLab(folder);
const browser = await launchChromium();
const { page, complaints } = await openLab(browser, lab.url, { viewport: VIEWPORT });
const tab = (name: string) => page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();

/** An exercise with a text in its editor, checked. */
async function derive(exercise: string, editor: RegExp, text: string, verdict: string): Promise<void> {
  await page.goto(`${lab.url}#tab=exercises&${exercise}`);
  await page.getByRole("textbox", { name: editor }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Control+Enter");
  await page.locator(".said").filter({ hasText: verdict }).waitFor();
  await page.getByRole("button", { name: "A hint" }).click();
  await page.getByRole("heading", { name: "backprop-ninja" }).click();
}

await ready(page);
await tab("Check");
await says(page, "26 gradients are right");
await take(page, "check");
await page.getByRole("rowheader", { name: "dhprebn" }).getByRole("button").click();
await page.getByRole("heading", { name: "dhprebn" }).waitFor();
await take(page, "tensor");

await tab("Train");
await (await ready(page)).click();
await untilStep(page, 2500);
await page.getByRole("button", { name: "Pause" }).click();
await says(page, "Paused");
const step = (await stepOf(page)).toLocaleString("en-US");
await page.getByRole("heading", { name: `Names at step ${step}` }).waitFor();
await page.getByRole("heading", { name: "backprop-ninja" }).hover();
await take(page, "train");

await tab("Walk");
await page.getByRole("button", { name: "Back through the loss", exact: true }).click();
await page.getByText(`The weights after step ${step} `).waitFor();
await take(page, "walk");

await derive(
  "exercise=exercise-1&tensor=dcounts",
  /^Your lines/,
  "dcounts = counts_sum_inv * dprobs",
  "Wrong.",
);
await take(page, "derive");
await derive("exercise=kernel%3Arepair.race", /./, raced, "Wrong.");
await take(page, "derive-kernel", "dark");
await page.emulateMedia({ colorScheme: "light" });

await tab("Device");
await page.getByRole("button", { name: "Test every kernel" }).click();
await says(page, "kernels agree with the CPU reference");
await page.evaluate(() => scrollTo(0, 0));
await take(page, "device");

await browser.close();
await lab.close();
rmSync(folder, { recursive: true });
if (complaints.length > 0) throw new Error(complaints.join("\n"));
