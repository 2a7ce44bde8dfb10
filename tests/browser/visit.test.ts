/** One visit to the page with WebGPU on SwiftShader, from opening it to coming back: each test goes on where the last one stopped. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { faultsOf } from "../support/axe.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import {
  drop,
  type Lab,
  openLab,
  ready,
  says,
  serveLab,
  stepOf,
  untilKept,
  untilStep,
} from "../support/lab.ts";

describe.skipIf(!chromiumRunsHere)("a visit", () => {
  let lab: Lab;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    lab = await serveLab(inject("page"));
    browser = await launchChromium();
    ({ page, complaints } = await openLab(browser, lab.url));
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  const tab = (name: string) => page.getByRole("tab", { name }).click();

  /** The loss as the chart has it, smoothed. */
  const loss = async (): Promise<number> => {
    const text = await page
      .getByRole("slider", { name: "Loss over the steps" })
      .getAttribute("aria-valuetext");
    return Number(text?.match(/smoothed ([\d.]+)/)?.[1]);
  };

  test("it says that the adapter is software", async () => {
    await ready(page);
    const header = page.getByRole("banner");
    expect(await header.textContent()).toMatch(/swiftshader: software, not a GPU; expect it to be slow/);
  });

  test("at the initialisation, all 26 gradients are right", async () => {
    await tab("Check");
    await says(page, "All 26 gradients are right");
    const rows = page.getByRole("table", { name: "The 26 gradients" }).getByRole("row");
    const texts = await rows.allTextContents();
    expect(texts).toHaveLength(27);
    // Exact or not, a row is within its roundings, and approximate.
    for (const text of texts.slice(1)) expect(text).toMatch(/✓ [\d.]+(true|false)true/);
    await tab("Train");
  });

  test("it trains, the loss falls, and names come out", async () => {
    await page.getByRole("button", { name: "One step" }).click();
    await says(page, "Paused");
    expect(await stepOf(page)).toBe(1);
    const first = await loss();
    expect(first).toBeGreaterThan(3);
    await (await ready(page)).click();
    await says(page, "Training");
    await untilStep(page, 400);
    expect(await loss()).toBeLessThan(first - 0.5);
    const names = page.getByRole("region", { name: /^Names/ }).getByRole("listitem");
    await names.nth(19).waitFor();
  });

  test("while it trains, a click is answered within 100 ms", async () => {
    const measure = async (): Promise<number> => {
      await page.evaluate(watchPresses);
      for (let i = 0; i < 5; i++)
        for (const scale of ["log", "linear"]) {
          await page.getByRole("radio", { name: scale }).click();
          await page.waitForTimeout(60);
        }
      const waits = await page.evaluate(() => (window as Watched).waits ?? []);
      expect(waits).toHaveLength(10);
      return Math.max(...waits);
    };
    let worst = await measure();
    console.log(
      `worst of 10 clicks while training: ${worst.toFixed(0)} ms from the press to the end of the next frame`,
    );
    // Other tests use the machine too: if the page itself is slow, it is slow every time.
    for (let again = 0; again < 2 && worst >= 100; again++) {
      worst = await measure();
      console.log(`once more: ${worst.toFixed(0)} ms`);
    }
    await says(page, "Training");
    expect(worst).toBeLessThan(100);
  });

  test("its learning rate changes and a gradient is broken and mended while it trains", async () => {
    await page.getByRole("button", { name: "Learning rate ÷ 2" }).click();
    await page.getByText(/learning rate 0.1 → 0.05 at step [\d,]+. So the page’s address/).waitFor();
    expect(await page.getByLabel("Learning rate", { exact: true }).inputValue()).toBe("0.05");
    const rate = page.getByLabel("Learning rate", { exact: true });
    await rate.fill("0.1");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText(/^Changed while it ran: .*learning rate 0.05 → 0.1 at step/).waitFor();
    expect(await page.getByLabel("Hidden", { exact: true }).isDisabled()).toBe(true);

    await page.getByText("Break a gradient on purpose").click();
    await page.getByLabel("One of the exercises’ mistakes").selectOption("db2.mean");
    await page.getByRole("button", { name: "Break it" }).click();
    await page.getByText(/broken on purpose since step/).waitFor();
    await untilStep(page, (await stepOf(page)) + 20);
    await page.getByRole("button", { name: "Mend it" }).first().click();
    await page.getByText(/trained with a broken gradient: db2.mean from step [\d,]+ to [\d,]+/).waitFor();
    const chart = page.getByRole("slider", { name: "Loss over the steps" });
    expect(await chart.getAttribute("aria-label")).toMatch(/, broken: db2.mean; at step [\d,]+, mended/);
    await says(page, "Training");
  });

  test("a dropped file that is not a word list is refused with the reason, and the training goes on", async () => {
    await drop(page, "bad.txt", "emma\nol.ivia\nava\n".repeat(4));
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/bad\.txt.*line 2, "ol\.ivia"/);
    const before = await stepOf(page);
    await untilStep(page, before + 20);
    expect(await page.getByRole("button", { name: "Bundled" }).getAttribute("aria-pressed")).toBe("true");
    await drop(page, "mine.safetensors", "one");
    await alert
      .filter({ hasText: "mine.safetensors is a checkpoint and would replace the run; pause first" })
      .waitFor();
  });

  test("paused, a file that is not a checkpoint is refused with the reason, and the run stays", async () => {
    await page.getByRole("button", { name: "Pause" }).click();
    await says(page, "Paused");
    // Now it could be loaded, so the other message is gone.
    await expect
      .poll(() => page.getByRole("alert").allTextContents())
      .toEqual([expect.stringContaining("bad.txt")]);
    const step = await stepOf(page);
    await drop(page, "bad.safetensors", "not one");
    await page.getByRole("alert").filter({ hasText: "bad.safetensors" }).waitFor();
    expect(await stepOf(page)).toBe(step);
    await ready(page);
  });

  test("after a reload the run is offered, and goes on at the same step", async () => {
    const step = await stepOf(page);
    await untilKept(page, step);
    // What was broken is a run of its own.
    const runs = page.getByRole("region", { name: /^Runs/ });
    await runs.getByText("Broken: db2.mean").waitFor();
    await runs.getByText(/^Trained with a broken gradient: db2.mean from step [\d,]+ to/).waitFor();
    await runs.getByText("Default settings").waitFor();
    await page.reload();
    const offer = page.getByRole("button", { name: `Resume at step ${step.toLocaleString("en-US")}` });
    await ready(page);
    await offer.click();
    await untilStep(page, step + 20);
    // The path that was taken is not the one that was asked for, which stays `auto`.
    await page.getByText("single path").first().waitFor();
    expect(page.url()).not.toContain("path=");
    // The weights came back with it: a new run would be above 3.
    expect(await loss()).toBeLessThan(2.9);
  });

  test("kernels are tested on the device, a row at a time, while it trains", async () => {
    await tab("Device");
    await page.getByRole("button", { name: "Test every kernel" }).click();
    const rows = page.getByRole("region", { name: "Results of the self-test" }).getByRole("row");
    await rows.nth(5).waitFor({ timeout: 60_000 });
    for (const text of (await rows.allTextContents()).slice(1)) expect(text).toMatch(/ok$/);
    expect(await faultsOf(page)).toEqual([]);

    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy the report" }).click();
    await says(page, "Copied.");
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toMatch(/^browser {2}Mozilla.*\nadapter {2}google swiftshader \(software\)\n/);
    expect(report).toMatch(/\nkernel {3}ok {3}\d+ of \d+ embedding\.backward \(/);
  });

  test("the console has had no error, and nothing came from elsewhere", () => {
    expect(complaints).toEqual([]);
  });
});

interface Watched {
  waits?: number[];
}

/** Notes, anew, the time from each press, as the browser received it, to the end of the next frame. Runs in the page. */
function watchPresses(): void {
  const watched = window as Watched;
  const begun = watched.waits !== undefined;
  watched.waits = [];
  if (begun) return;
  const note = (event: Event) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => watched.waits?.push(performance.now() - event.timeStamp);
      port2.postMessage(undefined);
    });
  };
  document.addEventListener("pointerdown", note, { capture: true });
}
