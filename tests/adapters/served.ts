/** Runs the suite in a page of a browser, straight from the source files. */
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import type { Extent } from "../support/kernels.ts";
import type { Row } from "./suite.ts";
import type { Message, Trained } from "./worker.ts";

/** A browser that was sent to the page. */
export interface Visit {
  /** Rejects when the browser or the page ends by itself. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Milliseconds between two messages, compiling a plan included. */
const SILENCE = 300_000;

/**
 * @param extent how much of every operation is judged
 * @param visit opens a page
 * @param onRow what it throws ends the run
 * @param onTrained if given, each path trains after the suite
 * @returns the adapter's name
 * @throws Error if there is no adapter, or the page does not get to its end
 */
export async function runInPage(
  extent: Extent,
  visit: (url: string) => Promise<Visit>,
  onRow: (row: Row) => void,
  onTrained?: (trained: Trained) => void,
): Promise<string> {
  const cacheDir = mkdtempSync(join(tmpdir(), "backprop-ninja-vite-"));
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  let adapter = "";
  let settle!: { resolve(adapter: string): void; reject(error: Error): void };
  const over = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject };
  });
  over.catch(() => {});
  const silent = setTimeout(() => settle.reject(new Error("the page says nothing")), SILENCE);
  const hear = async (request: IncomingMessage): Promise<void> => {
    silent.refresh();
    const message = JSON.parse(await text(request)) as Message;
    if ("adapter" in message) adapter = message.adapter;
    // JSON has no Infinity.
    else if ("row" in message) onRow({ ...message.row, used: message.row.used ?? Number.POSITIVE_INFINITY });
    else if ("trained" in message) onTrained?.(message.trained);
    else if ("failure" in message) settle.reject(new Error(message.failure));
    else settle.resolve(adapter);
  };
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
        name: "suite",
        configureServer: ({ middlewares }) => {
          middlewares.use("/suite", (_, response) => {
            response
              .setHeader("Content-Type", "text/html")
              .end(page(`extent=${extent}${onTrained ? "&training" : ""}`));
          });
          middlewares.use("/report", (request, response) => {
            hear(request)
              .catch(settle.reject)
              .finally(() => response.end());
          });
        },
      },
    ],
  });
  let visited: Visit | undefined;
  try {
    await server.listen();
    visited = await visit(`${server.resolvedUrls!.local[0]}suite`);
    return await Promise.race([over, visited.failed]);
  } finally {
    clearTimeout(silent);
    await visited?.close();
    await server.close();
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

const page = (asked: string): string => `<!doctype html><title>suite</title><script>
const worker = new Worker("/tests/adapters/worker.ts#${asked}", { type: "module" });
worker.onerror = ({ message }) => {
  const failure = "the worker did not load: " + message;
  fetch("/report", { method: "POST", body: JSON.stringify({ failure }) });
};
</script>`;
