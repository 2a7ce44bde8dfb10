/** Runs the suite and some training in a page of an installed Firefox. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Extent } from "../support/kernels.ts";
import { dawnsLosses, sameBits } from "./dawn.ts";
import { runInPage, type Visit } from "./served.ts";
import type { Row } from "./suite.ts";
import type { Trained } from "./worker.ts";

/** What Firefox needs to offer WebGPU on Linux, also on a software device. */
const PREFERENCES = {
  "dom.webgpu.enabled": true,
  "gfx.webgpu.ignore-blocklist": true,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
};

/**
 * See {@link runInPage}. After its rows there is one for each path: its losses must be Dawn's on the same driver, and Firefox, which says only
 * every 100 ms that work is done unless it is nudged, must not take a submit for each step.
 * @throws Error also if there is no Firefox
 */
export async function runInFirefox(extent: Extent, onRow: (row: Row) => void): Promise<string> {
  const program = findFirefox();
  const all: Trained[] = [];
  const adapter = await runInPage(
    extent,
    (url) => visit(program, url),
    onRow,
    (trained) => all.push(trained),
  );
  // All that is known of Firefox's adapter is whether it is lavapipe.
  const want = await dawnsLosses(/fallback/.test(adapter) ? "lavapipe" : "hardware");
  for (const { path, losses, submits } of all) {
    const row = sameBits(path, losses, want[path]);
    const few = submits <= losses.length / 2;
    onRow({ ...row, ok: row.ok && few, message: `${row.message}; ${submits} submits` });
  }
  return adapter;
}

/** @throws Error if there is none */
function findFirefox(): string {
  const { FIREFOX, PATH = "" } = process.env;
  const folders = PATH.split(delimiter);
  const found = FIREFOX
    ? [FIREFOX]
    : ["firefox-esr", "firefox"].flatMap((name) => folders.map((folder) => join(folder, name)));
  const program = found.find((file) => existsSync(file));
  if (program) return program;
  throw new Error(
    `there is no Firefox: ${FIREFOX ? `FIREFOX is ${FIREFOX}` : "install firefox-esr, or say in FIREFOX where it is"}`,
  );
}

async function visit(program: string, url: string): Promise<Visit> {
  const profile = mkdtempSync(join(tmpdir(), "backprop-ninja-firefox-"));
  const preference = ([name, value]: [string, boolean]) => `user_pref("${name}", ${value});\n`;
  writeFileSync(join(profile, "user.js"), Object.entries(PREFERENCES).map(preference).join(""));
  const child = spawn(program, ["--headless", "--no-remote", "--profile", profile, url], {
    // A group of its own, because `program` may be a script, and Firefox has children.
    detached: true,
    stdio: "ignore",
  });
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const failed = ended.then((why) => {
    throw new Error(`Firefox (${program}) failed: ${why}`);
  });
  failed.catch(() => {});
  return {
    failed,
    close: async () => {
      endGroup(child);
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid);
  } catch {
    // It has ended by itself.
  }
}
