/** Walking through the step in the page: the address, Back, the arrows, the sources and the values of a tensor. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { faultsOf } from "../support/axe.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { openLab, ready, says, serveLab, untilStep } from "../support/lab.ts";
import { describeOnCpu } from "../support/lab_suite.ts";

const rowsOf = (page: Page, verdict: string): Locator => page.locator(`.board tbody tr.${verdict}`);

describeOnCpu("one tensor", (shared) => {
  const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true, level: 2 });
  const inGraph = (page: Page, name: string) =>
    page.getByRole("region", { name: "The graph of the step" }).getByRole("button", { name, exact: true });

  test("opens from an address, leads on to others, and Back leads back", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#tab=check&tensor=dhprebn`);
    await heading(page, "dhprebn").waitFor({ timeout: 30_000 });
    expect(await inGraph(page, "dhprebn").getAttribute("aria-current")).toBe("true");

    // What gives the gradient away opens together, when it is asked for; beside that is the way to its exercise.
    const code = (name: string | RegExp) => page.getByRole("region", { name }).locator("code");
    await page.getByRole("button", { name: "derive it yourself first" }).first().waitFor();
    expect(await page.locator("math").count()).toBe(0);
    expect(await code("PyTorch, backward").count()).toBe(0);
    await page.getByRole("button", { name: "Show the line" }).click();
    await expect.poll(() => page.locator(":focus").textContent()).toContain("1/n * dbnmeani");
    expect(await page.locator(".derivation .result .tex-display").textContent()).toContain("dbnmeani");

    // Its font comes with the page, since without one a subscript stands on the line.
    const loaded = () =>
      [...document.fonts].some((f) => f.family.includes("Formulas") && f.status === "loaded");
    await expect.poll(() => page.evaluate(loaded)).toBe(true);
    const below = page
      .locator(".derivation .result msub")
      .first()
      .evaluate(({ children: [base, sub] }) => {
        return sub.getBoundingClientRect().bottom - base.getBoundingClientRect().bottom;
      });
    expect(await below).toBeGreaterThan(2);

    // One that does not fit scrolls by itself, and is a stop for the keyboard then.
    const stops = () => page.locator(".tex-display[tabindex]").count();
    expect(await stops()).toBe(0);
    const { width, height } = page.viewportSize()!;
    await page.setViewportSize({ width: 360, height });
    await expect.poll(stops).toBeGreaterThan(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.setViewportSize({ width, height });

    // All four panels: the formula, PyTorch, and the sources that the build carries along.
    expect(await code("PyTorch, backward").textContent()).toContain("dhprebn = dbndiff + 1/n * dbnmeani");
    expect(await code(/^CPU twin of/).textContent()).toContain("cpu: ({ x, r }, { R }) => x + r / R,");
    expect(await code(/^WGSL of .*, plain/).textContent()).toContain("const R = 32u; const C = 64u;");

    await code("PyTorch, backward").getByRole("button", { name: "dbnmeani" }).click();
    await heading(page, "dbnmeani").waitFor();
    await page.getByRole("button", { name: "dhprebn →" }).click();
    await heading(page, "dhprebn").waitFor();
    // The way on is one keystroke from where the focus now is.
    expect(await page.locator(":focus").textContent()).toBe("dhprebn");
    await inGraph(page, "W1").click();
    await heading(page, "W1").waitFor();
    expect(page.url()).toContain("tensor=W1");
    await page.goBack();
    await heading(page, "dhprebn").waitFor();
    await page.getByRole("button", { name: "All tensors" }).click();
    await page.getByRole("table", { name: "The 26 gradients" }).waitFor();
    expect(await page.locator(":focus").textContent()).toBe("dhprebn");
    expect(page.url()).not.toContain("tensor");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("shows its values under the keyboard and the pointer, on a narrow screen too", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#tab=check&tensor=dW2`, {
      viewport: { width: 360, height: 800 },
    });
    const picture = page.getByRole("application", { name: /^dW2, got/ });
    await picture.focus({ timeout: 30_000 });
    const readout = page.locator(".heatmap-readout");
    for (let i = 0; i < 64; i++) await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    expect(await readout.textContent()).toMatch(
      /^dW2\[0, 1\], unit 0, character a: got \S+, want \S+, difference \S+, \S+ ULPs?$/,
    );
    const { width, height } = (await picture.boundingBox())!;
    await picture.hover({ position: { x: width - 1, y: height - 1 } });
    expect(await readout.textContent()).toMatch(/^dW2\[63, 26\]/);
    await page.getByRole("radio", { name: "difference" }).check();
    await page.getByRole("application", { name: /^dW2, difference/ }).waitFor();
    // The fast kernel takes the plain one's place.
    await page.getByRole("radio", { name: /^fast, .*, \d+ lines$/ }).check();
    await page.getByRole("region", { name: /^WGSL of linear.backward_weight, fast/ }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    // The graph comes first, as wide as the screen, with every name inside its box and every arrow with its head.
    const graph = page.getByRole("region", { name: "The graph of the step" });
    expect(
      await graph.evaluate((frame) => ({
        first: frame.parentElement!.firstElementChild === frame,
        sideways: frame.scrollWidth > frame.clientWidth,
        cut: [...frame.querySelectorAll(".node-name")]
          .filter((name) => name.scrollWidth > name.clientWidth)
          .map((name) => name.textContent),
        headless: frame.querySelectorAll(".graph-plane .edge:not([marker-end])").length,
        begins: frame.querySelectorAll(".graph-plane .edge.begins").length,
      })),
    ).toEqual({ first: true, sideways: false, cut: [], headless: 0, begins: 1 });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("says so if the address names an unknown tensor, and shows the board", async () => {
    const { page } = await openLab(shared.browser, `${shared.lab.url}#tab=check&tensor=dnothing`);
    await page
      .getByRole("alert")
      .filter({ hasText: 'the step has no tensor "dnothing"' })
      .waitFor({ timeout: 30_000 });
    await page.getByRole("table", { name: "The 26 gradients" }).waitFor();
    await page.context().close();
  });
});

describeOnCpu("the board's verdict", (shared) => {
  test("calls rounding right where torch.allclose refuses it, and leaves out what the notebook's chain cannot hold", async () => {
    const { page, complaints } = await openLab(shared.browser, `${shared.lab.url}#lr=36`);
    const tab = (name: string) => page.getByRole("tab", { name }).click();
    await ready(page);
    await page.getByRole("button", { name: "One step" }).click();
    await says(page, "Paused");
    await tab("Check");
    await says(page, /^✓ All 26 gradients are right, though torch\.allclose refuses [1-9]/);
    expect(await rowsOf(page, "right").filter({ hasText: "falsefalse" }).count()).toBeGreaterThan(0);
    expect(await rowsOf(page, "wrong").count()).toBe(0);
    expect(await coloursOf(page, ".board *")).not.toContain(await colourOfErrors(page));

    // At the second step of this rate some probabilities are 0 in float32.
    await tab("Train");
    await page.getByRole("button", { name: "One step" }).click();
    await untilStep(page, 2);
    // The board has the old weights, until it is shown again.
    await tab("Check");
    const note = "log(0): the unfused chain overflows on these weights; the fused step does not";
    await page.getByText(note, { exact: true }).waitFor();
    await says(page, "1 of 26 gradients can be judged, and is right");
    expect(await rowsOf(page, "left").count()).toBe(27);
    expect(await rowsOf(page, "wrong").count()).toBe(0);
    expect(await coloursOf(page, ".board *")).not.toContain(await colourOfErrors(page));
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

const coloursOf = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).evaluateAll((all) => all.map((e) => getComputedStyle(e).color));

/** As the page itself would draw one. */
const colourOfErrors = (page: Page): Promise<string> =>
  page.locator("#lab").evaluate((lab) => {
    const alert = document.createElement("p");
    alert.setAttribute("role", "alert");
    lab.append(alert);
    const { color } = getComputedStyle(alert);
    alert.remove();
    return color;
  });

describe.skipIf(!chromiumRunsHere)("a wrong kernel", () => {
  test("is named, and so are the tensors that it spoils", async () => {
    const lab = await serveLab(inject("page"));
    const browser = await launchChromium();
    const { page } = await openLab(browser, "about:blank");
    // Wherever the bundler has put the kernel; no twin has this text.
    let spoilt = false;
    await page.context().route(/\/assets\/[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      const body = text.replaceAll("x_ + (1.0 / f32(R)) * r_", "x_ + (1.01 / f32(R)) * r_");
      spoilt ||= body !== text;
      await route.fulfill({ response, body });
    });
    await page.goto(`${lab.url}#tab=check`);
    await says(page, "✗ 6 tensors are wrong, dhprebn, dembcat, dW1, db1, demb, dC");
    expect(spoilt).toBe(true);
    expect(await rowsOf(page, "wrong").count()).toBe(6);
    expect(await coloursOf(page, ".board *")).toContain(await colourOfErrors(page));
    const blame = page.getByText(/^The first operation with a wrong result for its inputs is/);
    expect(await blame.textContent()).toContain("elementwise.add_mean, which makes dhprebn.");
    await blame.getByRole("button", { name: "dhprebn" }).click();
    const why = page.getByRole("region", { name: "Why not exact?" });
    await why.getByText("The mistake is in this operation.").waitFor();
    expect(await why.textContent()).toMatch(/[\d,]+ roundings of \S+ each, where 64 are allowed/);
    // A script may still be on its way.
    await page.context().unrouteAll({ behavior: "ignoreErrors" });
    await browser.close();
    await lab.close();
  });
});
