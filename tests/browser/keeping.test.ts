/** Two tabs, and a browser that keeps one run: neither tab destroys the other's. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openLab, ready, says, stepOf, untilKept, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

describeOnCpu("a run that is kept", (shared) => {
  /** Trains a little, and pauses. */
  async function train(page: Page): Promise<number> {
    await (await ready(page)).click();
    await says(page, "Training");
    await untilStep(page, 20);
    await page.getByRole("button", { name: "Pause" }).click();
    await says(page, "Paused");
    return stepOf(page);
  }

  test("stays when another tab is opened, and when that one trains, until that is asked for", async () => {
    const { page: one, complaints } = await openLab(shared.browser, `${shared.lab.url}#hidden=20`);
    const first = await train(one);
    await untilKept(one, first);
    const two = await one.context().newPage();
    await two.goto(`${shared.lab.url}#hidden=21`);
    await two.getByText(/^Your last run: hidden 20,/).waitFor();
    const second = await train(two);
    await two.getByText(/^This run is not kept, because another one is: hidden 20,/).waitFor();
    await untilKept(two, first);
    await two.getByRole("button", { name: "Keep this one instead" }).click();
    await untilKept(two, second);
    expect(await two.getByText("hidden 20").count()).toBe(0);

    await train(one);
    await one.getByText(/^This run is not kept, because another one is: hidden 21,/).waitFor();
    await untilKept(one, second);
    expect(complaints).toEqual([]);
    await one.context().close();
  });
});
