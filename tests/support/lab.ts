/** The lab as its users get it: built, served from a folder of a site, opened in a browser, with every error recorded. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { build, preview, type Rolldown } from "vite";

/** A sub-path, since a site rarely gives a page its root. */
const BASE = "/some/sub/path/";

/** The page as `npm run build:lab` makes it, in a new folder. */
export interface Built {
  readonly folder: string;
  readonly output: Rolldown.RolldownOutput["output"];
}

/** Builds the page. The caller removes its folder. */
export async function buildLab(): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-lab-"));
  const result = await build({ logLevel: "error", build: { outDir: folder } });
  const { output } = result as Rolldown.RolldownOutput;
  return { folder, output };
}

export interface Lab {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a page that was built, with a 404 for every file that is missing. The caller closes it.
 * @param headers whether to send the headers that its `_headers` asks for
 */
export async function serveLab(folder: string, { headers = false } = {}): Promise<Lab> {
  const server = await preview({
    logLevel: "error",
    base: BASE,
    appType: "mpa",
    build: { outDir: folder },
    preview: {
      port: 0,
      host: "127.0.0.1",
      allowedHosts: true,
      headers: headers ? headersOf(readFileSync(join(folder, "_headers"), "utf8")) : {},
    },
  });
  return { url: server.resolvedUrls!.local[0], close: () => server.close() };
}

/** Builds and serves a page with one component alone, of a folder beside the browser tests. The caller closes it. */
export async function serveComponent(name: string): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), `backprop-ninja-${name}-`));
  const root = join(import.meta.dirname, "../browser", name);
  const configFile = join(import.meta.dirname, "../../vite.config.ts");
  await build({ root, configFile, logLevel: "error", build: { outDir: folder } });
  const { url, close } = await serveLab(folder);
  return {
    url,
    close: async () => {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Lines of `  Name: value` under the file's only path. */
const headersOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^ {2}([\w-]+): (.*)$/gm)].map(([, name, value]) => [name, value]));

export interface OpenLab {
  readonly page: Page;
  /** Errors on the console (also of the worker, and of the content policy), failed requests, requests to other sites. */
  readonly complaints: string[];
}

/** Opens `url` in a new context with empty storage; the caller closes the page's context. */
export async function openLab(
  browser: Browser,
  url: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<OpenLab> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (m) => {
    if (m.type() === "error") complaints.push(`console: ${m.text()}`);
  });
  page.on("pageerror", (e) => complaints.push(`page: ${e.message}`));
  context.on("request", (r) => {
    const { protocol, origin: to } = new URL(r.url());
    if (to !== origin && !["data:", "blob:"].includes(protocol)) complaints.push(`request to ${r.url()}`);
  });
  context.on("response", (r) => {
    if (r.status() >= 400) complaints.push(`${r.status()} for ${r.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

/** Has this JavaScript run in the page's workers before their own. */
export async function sabotage(page: Page, script: string): Promise<void> {
  await page.route(/worker.*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: script + (await response.text()) });
  });
}

/** The Start button, or Resume if a run has begun, once it is enabled: the device is open and its kernels are compiled. */
export async function ready(page: Page): Promise<Locator> {
  const button = page.getByRole("button", { name: /^(Start|Resume)$/ }).and(page.locator(":enabled"));
  await button.waitFor({ timeout: 60_000 });
  return button;
}

export const stepOf = (page: Page): Promise<number> =>
  page
    .getByRole("progressbar", { name: "Share of the steps done" })
    .evaluate((bar) => (bar as HTMLProgressElement).value);

/** Resolves with the step once it is at least `least`. */
export async function untilStep(page: Page, least: number): Promise<number> {
  for (;;) {
    const step = await stepOf(page);
    if (step >= least) return step;
    await page.waitForTimeout(50);
  }
}

/** Resolves once the page's status says this, such as `Training`, `Paused` or `Done`. */
export const says = (page: Page, what: string | RegExp): Promise<void> =>
  page.getByRole("status").filter({ hasText: what }).waitFor({ timeout: 60_000 });

/** Drops a text file onto the page. */
export async function drop(page: Page, name: string, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      return transfer;
    },
    [name, text],
  );
  await page.locator("main").dispatchEvent("drop", { dataTransfer } as unknown as EventInit);
}

/** The lines that the exercises' editor shows. */
export const textOf = (page: Page): Promise<string> =>
  page.locator(".cm-line").evaluateAll((lines) => lines.map((line) => line.textContent).join("\n"));

/** Resolves once the browser has stored a run at this step, a moment after a pause. */
export async function untilKept(page: Page, step: number): Promise<void> {
  while (!(await page.evaluate(keptSteps)).includes(step)) await page.waitForTimeout(50);
}

/** Runs in the page, after it has created its store. */
async function keptSteps(): Promise<number[]> {
  const answer = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await answer(indexedDB.open("backprop-ninja"));
  const range = IDBKeyRange.bound("run:", "run:\uffff");
  const runs = await answer(database.transaction("runs").objectStore("runs").getAll(range));
  database.close();
  return runs.map(({ step }) => step);
}
