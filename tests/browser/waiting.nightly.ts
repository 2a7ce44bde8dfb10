/** Whatever a browser does not answer, the page says it in one line within 15 seconds, offers the CPU where that helps, and goes on. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import {
  drop,
  type Lab,
  openLab,
  ready,
  sabotage,
  says,
  serveLab,
  stepOf,
  untilStep,
} from "../support/lab.ts";

/** In a worker: waits of 15 seconds take less than one. */
const SOON = `
  const wait = setTimeout;
  self.setTimeout = (work, ms, ...args) => wait(work, ms === 15000 ? 700 : ms, ...args);
`;
const NEVER = "() => new Promise(() => {})";

describe.skipIf(!chromiumRunsHere)("a browser with WebGPU", () => {
  let lab: Lab;
  let browser: Browser;
  beforeAll(async () => {
    lab = await serveLab(inject("page"));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  async function open(script: string, fragment = ""): Promise<Page> {
    const { page } = await openLab(browser, "about:blank");
    await sabotage(page, script);
    await page.goto(`${lab.url}#hidden=16&path=fused${fragment}`);
    return page;
  }
  const banner = (page: Page) => page.getByRole("banner").textContent();
  const useCpu = (page: Page) => page.getByRole("button", { name: "Use the CPU reference" });

  test.each([
    [
      "adapter",
      `navigator.gpu.requestAdapter = ${NEVER};`,
      "this browser: it has not given a device within 15 s",
    ],
    [
      "device",
      `GPUAdapter.prototype.requestDevice = ${NEVER};`,
      /swiftshader: it has not given a device within 15 s/,
    ],
  ])("that gives no %s: the page says so, and trains on the CPU", async (_, script, line) => {
    const page = await open(SOON + script);
    await page.getByRole("status").filter({ hasText: line }).waitFor();
    expect(await banner(page)).toContain("CPU reference");
    await (await ready(page)).click();
    await untilStep(page, 5);
    await page.getByRole("button", { name: "What to do here" }).click();
    await page.getByRole("heading", { name: /has WebGPU, but did not answer/ }).waitFor();
    await page.context().close();
  });

  test("that was told to use the GPU and gives none: the page offers the CPU", async () => {
    const page = await open(`${SOON} navigator.gpu.requestAdapter = ${NEVER};`, "&backend=gpu");
    await page.getByRole("alert").filter({ hasText: "no WebGPU device: this browser: it has not" }).waitFor();
    expect(await banner(page)).toContain("No device");
    await useCpu(page).click();
    await (await ready(page)).click();
    await untilStep(page, 5);
    await page.context().close();
  });

  test("whose adapters have no info, as Chrome's before version 127", async () => {
    const page = await open(`
      const { get } = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, "info");
      GPUAdapter.prototype.requestAdapterInfo = async function () { return get.call(this); };
      delete GPUAdapter.prototype.info;
    `);
    await (await ready(page)).click();
    await untilStep(page, 5);
    expect(await banner(page)).toContain("swiftshader");
    await page.getByRole("tab", { name: "Device" }).click();
    await page.getByText("google").first().waitFor();
    await page.context().close();
  });

  test("that has an adapter only later: it is asked again at Start", async () => {
    const page = await open(`
      const request = navigator.gpu.requestAdapter.bind(navigator.gpu);
      let asked = 0;
      navigator.gpu.requestAdapter = async (o) => (asked++ === 0 ? null : request(o));
    `);
    const start = await ready(page);
    expect(await banner(page)).toContain("CPU reference");
    await start.click();
    await untilStep(page, 5);
    expect(await banner(page)).toContain("swiftshader");
    expect(await page.getByText("offers no adapter").count()).toBe(0);
    await page.context().close();
  });

  test("that loses its device and gives no other: the run goes on on the CPU where it stands", async () => {
    const page = await open(`${SOON}
      const request = GPUAdapter.prototype.requestDevice;
      let opened = 0;
      GPUAdapter.prototype.requestDevice = async function (...args) {
        if (opened++ > 0) return new Promise(() => {});
        const device = await request.apply(this, args);
        const submit = device.queue.submit.bind(device.queue);
        let submits = 0;
        device.queue.submit = (buffers) => {
          submit(buffers);
          if (++submits === 60) device.destroy();
        };
        return device;
      };
    `);
    await (await ready(page)).click();
    await page.getByRole("alert").filter({ hasText: "no new one could be opened" }).waitFor();
    const step = await stepOf(page);
    expect(step).toBeGreaterThan(0);
    await useCpu(page).click();
    await (await ready(page)).click();
    await untilStep(page, step + 1);
    expect(await banner(page)).toContain("CPU reference");
    await page.context().close();
  });

  test.each([
    ["that throws while it loads", "throw new Error('out of order');", "out of order"],
    ["that throws later", "setTimeout(() => { throw new Error('out of order'); }, 3000);", "out of order"],
  ])("and a worker %s", async (_, script, why) => {
    const page = await open(script);
    await page
      .getByRole("alert")
      .filter({ hasText: `the worker that computes has failed: Uncaught Error: ${why}; start again` })
      .waitFor();
    await page.unrouteAll();
    await (await ready(page)).click();
    await untilStep(page, 5);
    await page.context().close();
  });

  test("and a worker whose code never comes", async () => {
    const { page } = await openLab(browser, "about:blank");
    await page.route(/worker.*\.js/, () => {});
    await page.goto(lab.url);
    await page.getByRole("alert").filter({ hasText: "it did not begin within 15 s" }).waitFor();
    await ready(page);
    await page.context().close();
  });

  test("and words, or a part of the page, that never come", async () => {
    const { page } = await openLab(browser, "about:blank");
    await sabotage(page, SOON);
    await page.route(/(names-2018|exercises_tab).*\.js/, () => {});
    await page.goto(lab.url);
    await page.getByRole("alert").filter({ hasText: "the bundled words did not come within 15 s" }).waitFor();
    await drop(page, "mine.txt", "anna\notto\nada\nbob\nhannah\nelle\neve\nava\nviv\nlil\nnan\n".repeat(3));
    await (await ready(page)).click();
    await untilStep(page, 5);
    await page.getByRole("tab", { name: /^Derive/ }).click();
    const missing = "This part could not be loaded: it did not come within 15 s. Reload the page.";
    await page.getByRole("alert").filter({ hasText: missing }).waitFor();
    await page.context().close();
  });

  test("and a judge of lines that is not there: the text is kept, and judged once it is", async () => {
    const { page } = await openLab(browser, "about:blank");
    await page.route(/lines_worker.*\.js/, (route) => route.fulfill({ status: 404 }));
    await page.goto(`${lab.url}#tab=exercises&exercise=exercise-1&tensor=dlogprobs`);
    await page.locator(".cm-content").click();
    await page.keyboard.insertText("dlogprobs = torch.zeros_like(logprobs)");
    const line =
      "the worker that judges lines has failed: it could not be loaded; check again, or reload the page";
    await page.getByText(line).first().waitFor();
    await page.unrouteAll();
    await page.keyboard.insertText("\n");
    await page.getByText(line).waitFor({ state: "detached" });
    await page.context().close();
  });

  test("and no device for kernels: the exercise says so", async () => {
    const { page } = await openLab(browser, "about:blank");
    await sabotage(
      page,
      `if (/kernel_worker/.test(location.href)) { ${SOON} navigator.gpu.requestAdapter = ${NEVER}; }`,
    );
    await page.goto(`${lab.url}#tab=exercises&exercise=kernel:tanh.backward`);
    await page.getByRole("textbox", { name: /^Your kernel/ }).waitFor();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page
      .getByText("no WebGPU device: this browser: it has not given a device within 15 s")
      .first()
      .waitFor();
    await page.context().close();
  });

  test("of a network whose steps take a second: it says that it pauses, pauses soon, and an evaluation can be stopped", async () => {
    const { page, complaints } = await openLab(browser, `${lab.url}#hidden=100000`);
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    await (await ready(page)).click();
    await untilStep(page, 1);
    await button("Pause").click();
    const pressed = performance.now();
    await says(page, "Pausing, once the step under way is done");
    await says(page, "Paused");
    // What only shows the network, which takes it half a minute, is not waited for.
    expect(performance.now() - pressed).toBeLessThan(15_000);
    await button("Evaluate").click();
    await page.getByText(/^Evaluating the whole splits/).waitFor();
    await button("Stop").click();
    await says(page, "Paused");
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
