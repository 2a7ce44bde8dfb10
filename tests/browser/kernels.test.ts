/** Kernels of one's own in the page, on SwiftShader: right, wrong, racing, endless and broken ones, and training with one. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { kernelTask } from "../../src/exercises/kernels/judge.ts";
import { faultsOf } from "../support/axe.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, ready, says, serveLab, stepOf, textOf, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

const at = (lab: Lab, name: string) => `${lab.url}#tab=exercises&exercise=kernel:${name}`;
const editor = (page: Page) => page.getByRole("textbox", { name: /^Your kernel/ });
/** The verdict in words, below the editor. */
const said = (page: Page) => page.locator(".said");
const kernelWorkers = (page: Page) =>
  page.workers().filter((worker) => worker.url().includes("kernel_worker"));

async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

const TANH = kernelTask("tanh.backward").spellings[1];

describe.skipIf(!chromiumRunsHere)("kernels", () => {
  let lab: Lab;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    lab = await serveLab(inject("page"));
    browser = await launchChromium();
    ({ page, complaints } = await openLab(browser, at(lab, "tanh.backward")));
    await editor(page).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });
  const list = () => page.getByRole("navigation", { name: "Exercises" });
  const open = async (title: string) => {
    // In the list a title's second part stands below the first.
    await list()
      .getByRole("button", { name: title.replace(":", "") })
      .click();
    await page.getByRole("heading", { name: title }).waitFor();
  };
  const check = () => page.getByRole("button", { name: "Check", exact: true }).click();
  const verdict = (what: string | RegExp) =>
    said(page).filter({ hasText: what }).waitFor({ timeout: 30_000 });

  test("the declarations and the grid stand in front of the text, and nothing runs before it is checked", async () => {
    const before = page.getByRole("region", { name: "Declarations in front of your text" });
    expect(await before.textContent()).toContain("var<storage, read_write> dx: array<f32>; // (N, H)");
    expect(await page.locator(".work").textContent()).toContain(
      "ceil(N · H / (x · y · z)) workgroups in a row",
    );
    await write(page, TANH);
    await page.waitForTimeout(300);
    expect(kernelWorkers(page)).toHaveLength(0);
  });

  test("what does not compile is said at its line", async () => {
    await write(page, TANH.replace("dx[i]", "dz[i]"));
    await page.keyboard.press("Control+Enter");
    await verdict("Error. See line 5.");
    const [line, message] = await page
      .locator(".cm-content > *")
      .evaluateAll((rows) => rows.map((row) => row.textContent).slice(4, 6));
    expect(line).toContain("dz[i] =");
    expect(message).toMatch(/unresolved .*'dz'/);
    expect(await page.locator(".cm-lintRange-error").allTextContents()).toEqual(["dz"]);
  });

  test("a mistake that is known by its values is named, with the element furthest off in each case; a hint helps", async () => {
    await write(page, TANH.replace("1.0 - y", "1.0 + y"));
    await check();
    await verdict("Wrong. Yours grows where a neuron saturates");
    const rows = await page.getByRole("region", { name: "The cases" }).getByRole("row").allTextContents();
    expect(rows[0]).toBe("sizesverdictfurthest offgotwant");
    expect(rows).toHaveLength(4);
    expect(rows[1]).toMatch(/^N 2, H 1✗ wrongdx\[[01]\]−?[\d.]+−?[\d.]+$/);
    await page.getByRole("button", { name: "A hint" }).click();
    await page.getByRole("heading", { name: "Hint 1: what an invocation does" }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test("a right one is marked in the list, and this project's kernels stand beside it", async () => {
    await write(page, TANH);
    await check();
    await verdict("Right. In all 3 cases.");
    await list().getByRole("button", { name: "Backward through tanh right" }).waitFor();
    const plain = page.getByRole("region", { name: "The plain kernel", exact: true });
    expect(await plain.textContent()).toContain("dx[i] = (1.0 - y[i] * y[i]) * dy[i];");
    await page.getByText(/^The fast kernel, \d+ lines$/).click();
    await page.getByRole("region", { name: "The fast kernel", exact: true }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test("it trains for some steps beside this project's kernel, and stops", async () => {
    const training = page.getByRole("region", { name: "Train with it" });
    await training.getByRole("button", { name: "Train 500 steps" }).click();
    const steps = training.getByRole("progressbar", { name: "Steps done" });
    await expect
      .poll(() => steps.evaluate((bar) => (bar as HTMLProgressElement).value), { timeout: 60_000 })
      .toBeGreaterThanOrEqual(3);
    await training.getByRole("slider", { name: /^Losses of both networks over \d+ steps$/ }).waitFor();
    await training.getByRole("button", { name: "Stop" }).click();
    await training.getByText(/^Stopped after \d+ of 500 steps\.$/).waitFor();
    // The worker in which it trained is gone, and the one that gives verdicts is not.
    await expect.poll(() => kernelWorkers(page).length).toBe(1);
  });

  test("text and verdict are there after a reload, where nothing runs by itself", async () => {
    await page.reload();
    await editor(page).waitFor();
    expect(await textOf(page)).toBe(TANH);
    expect(await said(page).textContent()).toMatch(/Right\. That was the last verdict\. Nothing has run/);
    await page.waitForTimeout(300);
    expect(kernelWorkers(page)).toHaveLength(0);
  });

  test("it is saved as a file that the command line grades", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as .wgsl" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("tanh.backward.wgsl");
    const text = readFileSync(await download.path(), "utf8");
    expect(text.split("\n")[0]).toContain("npm run grade -- tanh.backward.wgsl --op tanh.backward");
    expect(text).toContain(TANH);
  });

  test("a missing guard is named", async () => {
    await open("Repair: a missing guard");
    await check();
    await verdict(
      /Wrong\. Where N is 2, I is 3 and O is 1, y has 2 elements, and yours writes to y\[2\] too/,
    );
  });

  test("a race is named with its lines", async () => {
    await open("Repair: a race");
    // It is searched for in what is left of a verdict's time, which may be too little where other tests run as well.
    let sentence = "";
    for (let tries = 0; tries < 3 && !sentence.includes("A race"); tries++) {
      await check();
      await page.waitForTimeout(200);
      await verdict("Wrong.");
      sentence = (await said(page).textContent())!;
    }
    expect(sentence).toContain(
      "A race: line 11 reads an element of partial that another invocation writes in line 11",
    );
    // It is underlined.
    expect((await page.locator(".cm-lintRange-warning").allTextContents()).join(" ")).toMatch(
      /partial\[index \+ half\]/,
    );
  });

  test("an endless loop ends with its line, and the page's own run goes on", async () => {
    await page.getByRole("tab", { name: "Train" }).click();
    await (await ready(page)).click();
    await says(page, "Training");
    await untilStep(page, 20);
    await page.getByRole("tab", { name: "Derive" }).click();
    await open("A linear layer");
    const [, right] = kernelTask("linear.forward").spellings;
    await write(page, right.replace("k++", "k += 0u"));
    await check();
    await verdict("Endless. See line");
    expect(await page.locator(".cm-content .message").textContent()).toMatch(/^this loop does not end: /);
    expect(await textOf(page)).toContain("k += 0u");
    await page.getByRole("tab", { name: "Train" }).click();
    const step = await stepOf(page);
    await untilStep(page, step + 20);
  });

  test("the console has had no error, and nothing came from elsewhere", () => {
    expect(complaints).toEqual([]);
  });
});

describeOnCpu("without WebGPU", (shared) => {
  test("kernels say so, and can be written", async () => {
    const { page, complaints } = await openLab(shared.browser, at(shared.lab, "sgd.step"), {
      viewport: { width: 360, height: 640 },
    });
    await page.getByText("Kernels cannot run here: this browser has given no WebGPU device.").waitFor();
    expect(await page.getByRole("button", { name: "Check", exact: true }).isDisabled()).toBe(true);
    await write(page, "fn main() {}");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "A hint" }).click();
    expect(await textOf(page)).toContain("fn main() {}");
    expect(kernelWorkers(page)).toHaveLength(0);
    expect(await faultsOf(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(360);
    await page.getByRole("button", { name: "What to do here" }).click();
    await page.getByRole("region", { name: /offers no adapter/ }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
