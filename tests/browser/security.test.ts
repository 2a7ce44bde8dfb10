/** What the page may run, load and send: its own files, and nothing else unless the reader asks for it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, ready, serveLab } from "../support/lab.ts";

const LIST = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt";

describe.skipIf(!chromiumRunsHere)("the page, served with the headers it asks for", () => {
  let lab: Lab;
  let browser: Browser;
  let stranger: Server;
  let elsewhere: string;
  beforeAll(async () => {
    lab = await serveLab(inject("page"), { headers: true });
    browser = await launchChromium([]);
    // It allows every origin, so only the page's own policy keeps it out.
    stranger = createServer((_, response) => {
      response.setHeader("Access-Control-Allow-Origin", "*").end("hello");
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    stranger?.close();
    await browser?.close();
    await lab?.close();
  });

  /** In a task of the page, since the policy does not apply to what a debugger runs. */
  const inPage = (page: Page, what: "eval" | "Function" | "timer") =>
    page.evaluate(
      (what) =>
        new Promise<string>((resolve) => {
          Object.assign(window, { intruded: false });
          setTimeout(() => {
            try {
              const text = "window.intruded = true";
              // biome-ignore lint/security/noGlobalEval: it is to be refused
              if (what === "eval") globalThis.eval(text);
              else if (what === "Function") new Function(text)();
              else setTimeout(text);
            } catch (error) {
              resolve((error as Error).name);
            }
            setTimeout(() => resolve(`intruded: ${(window as { intruded?: boolean }).intruded}`), 20);
          });
        }),
      what,
    );

  test("runs no text as a program", async () => {
    const { page } = await openLab(browser, lab.url);
    expect(await inPage(page, "eval")).toBe("EvalError");
    expect(await inPage(page, "Function")).toBe("EvalError");
    expect(await inPage(page, "timer")).toBe("intruded: false");
    await page.context().close();
  });

  test("keeps page and worker to their own origin, and works in all its parts", async () => {
    const { page, complaints } = await openLab(browser, lab.url);
    await (await ready(page)).click();
    await page.getByRole("tab", { name: "Device" }).click();
    await page.getByRole("heading", { name: "Adapter", exact: true }).waitFor();
    expect(complaints).toEqual([]);

    const reach = (url: string) =>
      fetch(url).then(
        (r) => r.text(),
        (error: Error) => `refused: ${error.name}`,
      );
    const [worker] = page.workers();
    expect(await page.evaluate(reach, elsewhere)).toBe("refused: TypeError");
    expect(await worker.evaluate(reach, elsewhere)).toBe("refused: TypeError");
    await page.context().close();

    // The other site answers, so it was the policy that refused it.
    const blank = await browser.newPage();
    await blank.goto(elsewhere);
    expect(await blank.evaluate(reach, elsewhere)).toBe("hello");
    await blank.close();
  });

  test("fetches the notebook's list when the reader asks for it, and accepts no other", async () => {
    const { page, complaints } = await openLab(browser, `${lab.url}#words=notebook`);
    const asked: (string | undefined)[] = [];
    await page.context().route(LIST, (route) => {
      asked.push(route.request().headers().referer);
      return route.fulfill({ body: "emma\nolivia\n", headers: { "Access-Control-Allow-Origin": "*" } });
    });
    // However slowly the engine comes: reading the bundled list must not wipe out what was said of this one.
    await page.context().route(/\/engine-[^/]*\.js$|\/worker-[^/]*\.js$/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    await page.reload();
    const fetchIt = page.getByRole("button", { name: "Fetch it" });
    await fetchIt.waitFor();
    expect([asked, complaints]).toEqual([[], []]);
    await fetchIt.click();
    const alert = page
      .getByRole("alert")
      .filter({ hasText: /is not the list the notebook used: its SHA-256 is/ });
    await alert.waitFor();
    await page.getByRole("banner").filter({ hasText: "CPU reference" }).waitFor();
    expect(await alert.isVisible()).toBe(true);
    expect(asked).toEqual([undefined]);
    expect(complaints).toEqual([`request to ${LIST}`]);
    await page.context().close();
  });
});
