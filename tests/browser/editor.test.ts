/**
 * The exercises' editor, on a page of its own that is built as the page is and has the same policy: typing, leaving it by keyboard,
 * messages at their lines, colours, and nothing that the policy refuses.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Diagnostic, EditorProps } from "../../src/lab/exercises/editor/editor.tsx";
import { faultsOf } from "../support/axe.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, serveComponent } from "../support/lab.ts";
import type { EditorPage } from "./editor/main.tsx";

const LINES = `# the backward pass
dlogprobs[range(n), Yb] = -1.0/n
dprobs = (1.0 / probs) * dlogprobs
for k in range(2):
    dC[Xb[k]] += demb[k]`;

const MESSAGES: Diagnostic[] = [
  { line: 2, column: 1, severity: "error", message: "dlogprobs is not defined yet" },
  { line: 3, severity: "warning", message: "dprobs is right only where all probs are equal" },
  { line: 99, column: 99, severity: "info", message: "prints (27, 10)" },
];

describe.skipIf(!chromiumRunsHere)("the editor", () => {
  let lab: Lab;
  let browser: Browser;
  beforeAll(async () => {
    lab = await serveComponent("editor");
    browser = await launchChromium([]);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  const open = async (props: Partial<EditorProps>, options: Parameters<Browser["newContext"]>[0] = {}) => {
    const { page, complaints } = await openLab(browser, lab.url, options);
    const box = page.getByRole("textbox", { name: "Your lines" });
    await box.waitFor();
    await set(page, props);
    return { page, box, complaints };
  };
  const set = (page: Page, props: Partial<EditorProps>) =>
    page.evaluate((props) => (window as unknown as { page: EditorPage }).page.set(props), props);
  /** The last text that `onChange` was called with, and how often it was. */
  const told = (page: Page) =>
    page.evaluate(() => {
      const { told } = (window as unknown as { page: EditorPage }).page;
      return [told.at(-1), told.length] as const;
    });
  const textOf = (page: Page) =>
    page.locator(".cm-line").evaluateAll((lines) => lines.map((line) => line.textContent).join("\n"));
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);
  const close = async (page: Page, complaints: string[]) => {
    const refused = await page.evaluate(() => (window as unknown as { page: EditorPage }).page.violations);
    expect([...refused, ...complaints]).toEqual([]);
    await page.context().close();
  };

  test("indents what is typed, and hears of every change", async () => {
    const { page, box, complaints } = await open({ placeholder: "Derive dlogprobs" });
    expect(await box.textContent()).toBe("Derive dlogprobs");
    await box.click();
    await page.keyboard.type("for k in range(2):\nx = k");
    expect(await told(page)).toEqual(["for k in range(2):\n    x = k", 24]);
    await page.keyboard.press("Control+[");
    expect((await told(page))[0]).toBe("for k in range(2):\nx = k");
    await page.keyboard.press("Control+]");
    expect((await told(page))[0]).toBe("for k in range(2):\n    x = k");

    await set(page, { language: "wgsl", value: "" });
    await box.click();
    await page.keyboard.type("fn main() {\nif (N > 1u) {\nreturn;\n}\n}");
    expect((await told(page))[0]).toBe("fn main() {\n  if (N > 1u) {\n    return;\n  }\n}");
    await close(page, complaints);
  });

  test("is left with Tab, with Shift and Tab, and with Escape, and keeps its text", async () => {
    const { page, box, complaints } = await open({ value: LINES });
    const press = (key: string) => page.keyboard.press(key);
    await page.getByRole("button", { name: "Before" }).focus();
    await press("Tab");
    await expect.poll(() => box.evaluate((b) => b.matches(":focus"))).toBe(true);
    await press("Tab");
    expect(await focused(page)).toBe("Behind");
    await press("Shift+Tab");
    await press("Shift+Tab");
    expect(await focused(page)).toBe("Before");
    await press("Tab");
    await press("Escape");
    expect(await box.evaluate((b) => b.matches(":focus"))).toBe(false);
    await press("Tab");
    expect(await focused(page)).toBe("Behind");
    expect(await told(page)).toEqual([undefined, 0]);
    await close(page, complaints);
  });

  test("keeps the cursor when a text comes from outside, does not report it, and can undo it", async () => {
    const { page, box, complaints } = await open({ value: LINES });
    await box.click();
    await page.keyboard.press("Control+End");
    await set(page, { value: `import torch\r\n${LINES.replace("1.0/n", "1.0 / n")}` });
    expect(await told(page)).toEqual([undefined, 0]);
    await page.keyboard.insertText(" # end");
    const both = `import torch\n${LINES.replace("1.0/n", "1.0 / n")} # end`;
    expect(await told(page)).toEqual([both, 1]);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    expect((await told(page))[0]).toBe(LINES);
    await close(page, complaints);
  });

  test("says what is wrong under the line, underlines the place, and F8 goes from one to the next", async () => {
    const { page, box, complaints } = await open({ value: LINES, diagnostics: MESSAGES });
    const shown = () =>
      page
        .locator(".cm-content > *")
        .evaluateAll((rows) =>
          rows.flatMap((row, i) =>
            row.classList.contains("message") ? [[rows[i - 1].textContent, row.textContent]] : [],
          ),
        );
    const lines = LINES.split("\n");
    expect(await shown()).toEqual([
      [lines[1], MESSAGES[0].message],
      [lines[2], MESSAGES[1].message],
      [lines[4], MESSAGES[2].message],
    ]);
    expect(await page.locator(".cm-lintRange-error").allTextContents()).toEqual(["dlogprobs"]);
    expect((await page.locator(".cm-lintRange-warning").allTextContents()).join("")).toBe(lines[2]);
    // Line numbers stay beside their lines, below the messages too.
    const tops = (what: string) =>
      page.locator(what).evaluateAll((all) => all.map((e) => Math.round(e.getBoundingClientRect().top)));
    expect((await tops(".cm-gutterElement")).slice(1)).toEqual(await tops(".cm-line"));

    await box.click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("F8");
    expect(await page.locator(".cm-announced").textContent()).toBe(`Line 2: ${MESSAGES[0].message}`);
    await page.keyboard.press("F8");
    expect(await page.locator(".cm-announced").textContent()).toBe(`Line 3: ${MESSAGES[1].message}`);
    await page.keyboard.press("Shift+F8");
    expect(await page.locator(".cm-announced").textContent()).toBe(`Line 2: ${MESSAGES[0].message}`);

    // A message moves with its line until others come.
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("n = 32\n");
    expect((await shown())[0]).toEqual([lines[1], MESSAGES[0].message]);
    await set(page, { diagnostics: [] });
    expect(await shown()).toEqual([]);
    expect(await page.locator(".cm-lintRange").count()).toBe(0);
    await close(page, complaints);
  });

  test("types over a selection of several lines, and the policy has nothing to refuse", async () => {
    const { page, box, complaints } = await open({ value: LINES });
    await box.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("x = 1");
    expect((await told(page))[0]).toBe("x = 1");
    await page.keyboard.press("Control+z");
    expect((await told(page))[0]).toBe(LINES);
    await close(page, complaints);
  });

  test("folds lines away, and neither cursor nor keys reach them", async () => {
    const { page, box, complaints } = await open({ value: LINES, hidden: [true, true, false, true, true] });
    const lines = LINES.split("\n");
    const changed = (line: string) => lines.map((each, i) => (i === 2 ? line : each)).join("\n");
    expect(await textOf(page)).toBe(lines[2]);
    expect(await page.locator(".fold").allTextContents()).toEqual(["⋯ 2 lines", "⋯ 2 lines"]);
    // Line numbers stay those of the whole text.
    expect(await page.locator(".cm-lineNumbers .cm-gutterElement:visible").allTextContents()).toContain("3");
    const press = (key: string) => page.keyboard.press(key);
    await box.click();
    await press("Control+a");
    await page.keyboard.type("dprobs = 1");
    expect((await told(page))[0]).toBe(changed("dprobs = 1"));
    // Nothing is joined with what is out of sight, above or below.
    await press("Delete");
    await press("Home");
    await press("Backspace");
    for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "Home"]) await press(key);
    await page.keyboard.type("#");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "End"]) await press(key);
    await page.keyboard.type("#");
    expect((await told(page))[0]).toBe(changed("#dprobs = 1#"));
    // A new line is in sight.
    await press("End");
    await page.keyboard.type("\ny = 2");
    await expect.poll(() => textOf(page)).toContain("y = 2");
    await set(page, { hidden: undefined });
    expect(await page.locator(".cm-line").count()).toBe(6);
    await close(page, complaints);
  });

  test("says where the cursor is, and hears of Ctrl-Enter", async () => {
    const { page, box, complaints } = await open({ value: LINES });
    const heard = () => page.evaluate(() => (window as unknown as { page: EditorPage }).page.heard);
    await box.click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Tab");
    await expect.poll(async () => (await heard()).at(-1)).toBe("line undefined");
    expect((await heard()).slice(-4)).toEqual(["line 1", "line 2", "check", "line undefined"]);
    expect(await textOf(page)).toBe(LINES);
    await close(page, complaints);
  });

  test("can be read only, and is reached and scrolled by keyboard then", async () => {
    const { page, box, complaints } = await open({ value: LINES, readOnly: true });
    await page.getByRole("button", { name: "Before" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.type("x = 1");
    expect(await box.evaluate((b) => b.matches(":focus"))).toBe(true);
    expect(await box.getAttribute("aria-readonly")).toBe("true");
    expect(await textOf(page)).toBe(LINES);
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Behind");
    await close(page, complaints);
  });

  test("has the page's colours, light and dark, and no fault that axe-core finds", async () => {
    const { page, box, complaints } = await open({ value: LINES, diagnostics: MESSAGES });
    await box.click();
    await page.keyboard.press("Control+a");
    /** Of the page's variable, and of the editor's part. */
    const colours = (variable: string, part: string) =>
      page.evaluate(
        ([variable, part]) => {
          const root = document.querySelector(".editor")!.shadowRoot!;
          const probe = document.createElement("i");
          document.body.append(probe);
          probe.style.color = `var(${variable})`;
          const wanted = getComputedStyle(probe).color;
          probe.remove();
          return [getComputedStyle(root.querySelector(part)!).color, wanted];
        },
        [variable, part],
      );
    const seen: Record<string, string[]> = {};
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      seen[colorScheme] = [];
      for (const [variable, part] of [
        ["--ink", ".cm-content"],
        ["--muted", ".cm-gutters"],
        // The comment, and `for`.
        ["--muted", ".cm-line:first-child span"],
        ["--keyword", ".cm-line:nth-last-child(3) span"],
        ["--bad", ".message > .error"],
      ]) {
        const [is, wanted] = await colours(variable, part);
        expect(is, `${variable}, ${colorScheme}`).toBe(wanted);
        seen[colorScheme].push(is);
      }
    }
    expect(seen.light.filter((colour, i) => colour === seen.dark[i])).toEqual([]);
    expect(await faultsOf(page)).toEqual([]);
    await set(page, { value: "", placeholder: "Derive dlogprobs", readOnly: true });
    expect(await faultsOf(page)).toEqual([]);
    await close(page, complaints);
  });

  test("fits a screen of 360 px, where a finger writes text that iOS need not enlarge", async () => {
    const { page, box, complaints } = await open(
      { value: `${LINES}\ndhprebn = ${"bngain*bnvar_inv/n * ".repeat(9)}1`, diagnostics: MESSAGES },
      { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
    );
    await box.tap();
    await page.keyboard.type("x");
    expect((await told(page))[1]).toBe(1);
    const { wide, size } = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector(".editor")!;
      const all = [document.documentElement, shadowRoot!.querySelector(".cm-scroller")!];
      return {
        wide: all.map((e) => e.scrollWidth - e.clientWidth),
        size: getComputedStyle(shadowRoot!.querySelector(".cm-content")!).fontSize,
      };
    });
    expect(wide).toEqual([0, 0]);
    expect(size).toBe("16px");
    await close(page, complaints);
  });
});
