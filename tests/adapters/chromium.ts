/** Runs the suite in a page of npm's Chromium, straight from the source files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { launchChromium } from "../support/chromium.ts";
import type { Extent } from "../support/kernels.ts";
import type { Row } from "./suite.ts";

type Message = { adapter?: string; row?: Row; done?: true; failure?: string };

/**
 * @param extent how much of every operation is judged
 * @param onRow what it throws ends the run
 * @returns the adapter's name
 * @throws Error if there is no Chromium, or no adapter in it
 */
export async function runInChromium(extent: Extent, onRow: (row: Row) => void): Promise<string> {
  const browser = await launchChromium();
  const cacheDir = mkdtempSync(join(tmpdir(), "backprop-ninja-vite-"));
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const server = await createServer({
    configFile: false,
    root: resolve(here("."), "../.."),
    logLevel: "error",
    cacheDir,
    appType: "custom",
    resolve: { alias: { "node:fs": here("files.ts") } },
    server: { port: 0, host: "127.0.0.1", ws: false },
    plugins: [
      {
        name: "empty-page",
        configureServer: ({ middlewares }) => {
          middlewares.use("/empty", (_, response) => {
            response.setHeader("Content-Type", "text/html").end("<!doctype html><title>suite</title>");
          });
        },
      },
    ],
  });
  try {
    await server.listen();
    const page = await browser.newPage();
    await page.goto(`${server.resolvedUrls!.local[0]}empty`);
    let adapter = "";
    let settle!: { resolve(adapter: string): void; reject(error: Error): void };
    const over = new Promise<string>((resolve, reject) => {
      settle = { resolve, reject };
    });
    await page.exposeFunction("report", ({ row, done, failure, ...said }: Message) => {
      adapter = said.adapter ?? adapter;
      try {
        if (row) onRow(row);
      } catch (error) {
        settle.reject(error as Error);
      }
      if (done) settle.resolve(adapter);
      if (failure !== undefined) settle.reject(new Error(failure));
    });
    page.on("pageerror", settle.reject);
    page.on("crash", () => settle.reject(new Error("the page crashed")));
    await page.evaluate((extent) => {
      const { report } = window as unknown as { report(message: Message): void };
      const worker = new Worker(`/tests/adapters/worker.ts#${extent}`, { type: "module" });
      worker.onmessage = ({ data }) => report(data);
      worker.onerror = ({ message }) => report({ failure: `the worker did not load: ${message}` });
    }, extent);
    return await over;
  } finally {
    await browser.close();
    await server.close();
    rmSync(cacheDir, { recursive: true, force: true });
  }
}
