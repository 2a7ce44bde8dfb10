/** The page never waits for what does not come: it says so in one line, and goes on. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openLab, ready, sabotage, says, stepOf, untilKept, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("a page that waits", (shared) => {
  const button = (page: Page, name: string) => page.getByRole("button", { name });

  test("for a worker: it says that there is none, or no longer one, and starts another", async () => {
    const { page } = await openLab(shared.browser, "about:blank");
    const gone = (route: { fulfill(answer: object): Promise<void> }) => route.fulfill({ status: 404 });
    await page.route(/worker.*\.js/, gone);
    await page.goto(shared.lab.url);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.allTextContents()).toEqual([
      "the worker that computes has failed: it could not be loaded; start again, or reload the page",
    ]);
    await page.unroute(/worker.*\.js/, gone);
    await (await ready(page)).click();
    await untilStep(page, 50);
    await button(page, "Pause").click();
    await says(page, "Paused");
    const step = await stepOf(page);
    await untilKept(page, step);

    await (await ready(page)).click();
    await says(page, "Training");
    // A browser that ends a worker for lack of memory tells the page as little.
    await page.workers()[0].evaluate(() => close());
    await alert.filter({ hasText: "the worker that computes has failed: it has ended" }).waitFor();
    await says(page, "Stopped");
    await button(page, `Resume at step ${step.toLocaleString("en-US")}`).click();
    await untilStep(page, step + 1);
    expect(await alert.count()).toBe(0);
    await page.context().close();
  });

  test("for a browser that opens no device: whoever chooses the CPU need not wait", async () => {
    const { page, complaints } = await openLab(shared.browser, "about:blank");
    await sabotage(page, "navigator.gpu.requestAdapter = () => new Promise(() => {});");
    await page.goto(shared.lab.url);
    await button(page, "Use the CPU reference").click();
    await (await ready(page)).click();
    await untilStep(page, 5);
    expect(await page.getByRole("banner").textContent()).toContain("CPU reference");
    expect(page.url()).toContain("backend=cpu");
    expect(complaints.filter((c) => !c.startsWith("request to"))).toEqual([]);
    await page.context().close();
  });
});
