/** Runs that the browser keeps: nothing that is done in one tab or two loses any, and their curves can be laid over each other. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { drop, openLab, ready, says, stepOf, untilKept, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

/** Few, so that the dev loss costs little; and the reader's own, so that they are kept too. */
const WORDS = "anna\notto\nada\nbob\nhannah\nelle\neve\nava\n".repeat(4);

describeOnCpu("runs that are kept", (shared) => {
  /** Ten steps, of which the last is kept. */
  async function few(page: Page): Promise<number> {
    const step = (await stepOf(page)) + 10;
    await ready(page);
    await button(page, "10 steps").click();
    await untilKept(page, step);
    return step;
  }

  /** Trains on, and pauses. */
  async function train(page: Page, how: () => Promise<void>): Promise<number> {
    const before = await stepOf(page);
    await how();
    await says(page, "Training");
    return pause(page, before);
  }

  async function pause(page: Page, before = 0): Promise<number> {
    await untilStep(page, before + 1);
    await button(page, "Pause").click();
    await says(page, "Paused");
    const step = await stepOf(page);
    await untilKept(page, step);
    return step;
  }

  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  const row = (page: Page, name: string) =>
    page
      .getByRole("region", { name: /^Runs/ })
      .getByRole("listitem")
      .filter({ has: page.getByText(name, { exact: true }) });
  const has = (page: Page, name: string, step: number) =>
    row(page, name)
      .getByText(`step ${step.toLocaleString("en")} of`)
      .waitFor();
  const curve = async (page: Page) =>
    (await page.getByRole("slider", { name: "Loss over the steps" }).getAttribute("aria-valuetext")) ?? "";

  test("stay whatever is pressed, in one tab or two, and are there after a reload", async () => {
    const { page: one, complaints } = await openLab(shared.browser, `${shared.lab.url}#hidden=20`);
    await ready(one);
    await drop(one, "few.txt", WORDS);
    await one.getByText("32 in few.txt").waitFor();
    const first = await few(one);
    await has(one, "Hidden 20", first);

    // Another learning rate and Enter: what there was stays as it was.
    await one.locator("#setting-lr").fill("0.05");
    await one.getByText(/^Learning rate changed: Resume goes on from here as a run of its own\./).waitFor();
    const second = await train(one, () => one.locator("#setting-lr").press("Enter"));
    await has(one, "Hidden 20, learning rate 0.05", second);
    await has(one, "Hidden 20", first);
    await button(one, "Reset").click();
    await expect.poll(() => stepOf(one)).toBe(0);
    const third = await few(one);
    await has(one, "Hidden 20, learning rate 0.05 (2)", third);
    await has(one, "Hidden 20, learning rate 0.05", second);

    // Two learning rates over each other: at each step both are read out, by keyboard too, on both scales.
    await one.getByRole("checkbox", { name: "Compare Hidden 20", exact: true }).check();
    await expect.poll(() => curve(one)).toMatch(/smoothed [\d.]+, .*Hidden 20: [\d.]+/);
    await one.getByRole("radio", { name: "log" }).click();
    await one.getByRole("slider", { name: "Loss over the steps" }).focus();
    await one.keyboard.press("Home");
    await expect.poll(() => curve(one)).toMatch(/^step 0, .*smoothed [\d.]+, .*Hidden 20: [\d.]+/);
    await expect.poll(() => one.evaluate(hasColour, "--run-0")).toBe(true);

    const saved = one.waitForEvent("download");
    await row(one, "Hidden 20").getByRole("button", { name: /^Save/ }).click();
    expect((await saved).suggestedFilename()).toBe(`Hidden-20-${first}.safetensors`);

    // Another tab goes on with a copy of what this one has open, and with the others themselves.
    const two = await one.context().newPage();
    await two.goto(`${shared.lab.url}#hidden=21`);
    await ready(two);
    const mine = row(two, "Hidden 20, learning rate 0.05 (2)");
    await mine.getByText("open in another tab").waitFor();
    expect(await mine.getByRole("button", { name: /^Delete/ }).isDisabled()).toBe(true);
    const copy = await train(two, () => mine.getByRole("button", { name: /^Resume a copy/ }).click());
    await has(two, "Hidden 20, learning rate 0.05 (2) (2)", copy);
    await has(two, "Hidden 20, learning rate 0.05 (2)", third);
    await row(two, "Hidden 20")
      .getByRole("button", { name: /^Resume/ })
      .click();
    await says(two, "Training");
    // Back on the run's own settings; which path was taken is not one of them.
    expect(new URL(two.url()).hash).toBe("#hidden=20");
    const on = await pause(two, first);
    await has(one, "Hidden 20", on);
    await row(one, "Hidden 20").getByText("open in another tab").waitFor();

    await row(two, "Hidden 20, learning rate 0.05")
      .getByRole("button", { name: /^Rename/ })
      .click();
    await two.keyboard.insertText("half the rate");
    await two.keyboard.press("Enter");
    await row(one, "half the rate").waitFor();
    await row(one, "half the rate")
      .getByRole("button", { name: /^Delete/ })
      .click();
    await two.close();
    await one
      .getByRole("group", { name: "Delete half the rate?" })
      .getByRole("button", { name: "Keep" })
      .click();
    await row(one, "half the rate")
      .getByRole("button", { name: /^Delete/ })
      .click();
    await one
      .getByRole("group", { name: "Delete half the rate?" })
      .getByRole("button", { name: "Delete" })
      .click();
    await expect.poll(() => row(one, "half the rate").count()).toBe(0);

    // A browser without room says so, and what was kept stays.
    await one.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await button(one, "10 steps").click();
    await one
      .getByText(/^This browser has no room left to keep the run at step [\d,]+: delete runs/)
      .waitFor();
    await has(one, "Hidden 20, learning rate 0.05 (2)", third);

    // So does the one run that an earlier page had room for.
    await one.evaluate(makeOld, "Hidden 20, learning rate 0.05 (2) (2)");
    await one.reload();
    await has(one, "Hidden 20, learning rate 0.05", copy);
    await has(one, "Hidden 20", on);
    await button(one, `Resume at step ${on.toLocaleString("en")}`).click();
    await untilStep(one, on + 1);
    expect(new URL(one.url()).hash).toBe("#hidden=20");
    expect(complaints).toEqual([]);
    await one.context().close();
  });
});

/** Whether the chart of losses has a pixel of this colour. Runs in the page. */
function hasColour(property: string): boolean {
  const canvas = document.querySelector("canvas");
  if (!canvas) return false;
  const hex = getComputedStyle(document.documentElement).getPropertyValue(property).trim();
  const wanted = Number.parseInt(hex.slice(1), 16);
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4)
    if (((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]) === wanted) return true;
  return false;
}

/** Stores a run as pages did that had room for one only. Runs in the page, whose `put` is broken by now. */
async function makeOld(name: string): Promise<void> {
  const frame = document.body.appendChild(document.createElement("iframe"));
  const { indexedDB, IDBKeyRange } = frame.contentWindow as unknown as typeof globalThis;
  const answer = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await answer(indexedDB.open("backprop-ninja"));
  const store = () => database.transaction("runs", "readwrite").objectStore("runs");
  const all = await answer(store().getAll(IDBKeyRange.bound("run:", "run:\uffff")));
  const { id, savedAt, step, backend, words, source, config } = all.find((run) => run.name === name);
  const [curves, checkpoint] = [
    await answer(store().get(`curves:${id}`)),
    await answer(store().get(`weights:${id}`)),
  ];
  const { steps, hidden } = config;
  const old = {
    version: 1,
    by: "it",
    savedAt,
    step,
    steps,
    hidden,
    backend,
    words,
    source,
    checkpoint,
    ...curves,
  };
  await answer(store().put(old, "last-run"));
  await answer(store().delete(`run:${id}`));
  database.close();
}
