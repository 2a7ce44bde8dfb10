/** The page as it is built and served: from a folder of a site, within its policy, its first JavaScript small; and as `npm start` serves it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { createServer } from "vite";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { type Lab, openLab, ready, serveLab, untilStep } from "../support/lab.ts";

const folder = inject("page");
const file = (name: string) => readFileSync(join(folder, name));

let lab: Lab;
beforeAll(async () => {
  lab = await serveLab(folder);
});
afterAll(() => lab?.close());

test("the first JavaScript is at most 120 kB gzipped; the rest loads when it is shown", () => {
  const bundles = new Map(inject("chunks").map((chunk) => [chunk.fileName, chunk]));
  const gzipped = (name: string) => gzipSync(file(name)).length;
  const entry = [...bundles.values()].find((c) => c.isEntry);
  const initial = new Set<string>();
  const visit = (name: string) => {
    const bundle = bundles.get(name);
    if (!bundle || initial.has(name)) return;
    initial.add(name);
    bundle.imports.forEach(visit);
  };
  visit(entry?.fileName ?? "");

  const sum = (names: Iterable<string>) => [...names].reduce((bytes, name) => bytes + gzipped(name), 0);
  const lazy = [...bundles.keys()].filter((name) => !initial.has(name));
  // A worker's are no part of the page's, and are built by themselves.
  const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".js") && !bundles.has(name),
  );
  const lines = [
    `first JavaScript: ${sum(initial)} bytes gzipped (${[...initial].join(", ")})`,
    ...lazy.map((name) => `  on demand: ${name} ${sum([name])}`),
    ...scripts.map((name) => `  worker: ${name} ${gzipped(name)}`),
  ];
  console.log(lines.join("\n"));
  expect(initial.size).toBeGreaterThan(0);
  expect(sum(initial)).toBeLessThanOrEqual(120_000);
  // The tabs that are not shown first and the worker stay out of it.
  expect(lazy.some((name) => /device_tab/.test(name))).toBe(true);
  expect(scripts.some((name) => /worker/.test(name))).toBe(true);
});

test("its policy allows the page's own files and one address", () => {
  const source = file("index.html").toString();
  const policy = source
    .match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)?.[1]
    .replaceAll("&#39;", "'");
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(policy?.match(/https?:[^\s;]+/g)).toEqual(["https://raw.githubusercontent.com"]);
  // What the policy refuses.
  expect(source).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  // Root-relative addresses would miss the folder.
  expect(source).not.toMatch(/(src|href)="\//);
});

describe.skipIf(!chromiumRunsHere)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    // Without an adapter the CPU computes, which opens at once.
    browser = await launchChromium([]);
  });
  afterAll(() => browser?.close());

  test("from a folder of a site every part loads, the worker too, without a complaint", async () => {
    const { page, complaints } = await openLab(browser, lab.url);
    expect(new URL(page.url()).pathname).toBe("/some/sub/path/");
    await ready(page);
    await page.getByRole("tab", { name: "Device" }).click();
    await page.getByRole("heading", { name: "Adapter", exact: true }).waitFor();
    await page.getByRole("tab", { name: "Check" }).click();
    await page.getByRole("tabpanel", { name: "Check" }).getByRole("button").first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("the policy holds: a script from text, a style from text and another site are refused", async () => {
    const { page } = await openLab(browser, lab.url);
    const refused = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", (e) => violations.push(e.effectiveDirective));
      const add = (tag: "script" | "style", text: string) => {
        const element = document.createElement(tag);
        element.textContent = text;
        document.head.append(element);
      };
      add("script", "window.intruded = true");
      add("style", "body { display: none }");
      await fetch("https://example.com/").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { violations: violations.sort(), intruded: "intruded" in window };
    });
    expect(refused.intruded).toBe(false);
    expect(refused.violations).toEqual(["connect-src", "script-src-elem", "style-src-elem"]);
    await page.context().close();
  });

  test("npm start's page works too, with its files one by one", async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), "backprop-ninja-vite-"));
    const server = await createServer({
      logLevel: "error",
      cacheDir,
      server: { port: 0, host: "127.0.0.1", ws: false },
    });
    try {
      await server.listen();
      const { page } = await openLab(browser, server.resolvedUrls!.local[0]);
      await (await ready(page)).click();
      await untilStep(page, 1);
      await page.context().close();
    } finally {
      await server.close();
      rmSync(cacheDir, { recursive: true, force: true });
    }
  });
});
