/** A Chromium, with WebGPU on SwiftShader or without, for tests of the page; needs nothing installed but our npm packages. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { unpackOnce } from "./unpacked.ts";

/** Its npm package has programs for this platform only. */
export const chromiumRunsHere = process.platform === "linux" && process.arch === "x64";

const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

/**
 * Starts it headless; the caller closes it. The first call on a machine unpacks 200 MB into the cache, which takes
 * some seconds. Pages get `navigator.gpu` only from localhost or https, and an adapter only with the default flag.
 * @throws Error with a line on other platforms than its package is for
 */
export async function launchChromium(flags = ["--enable-unsafe-webgpu"]): Promise<Browser> {
  if (!chromiumRunsHere) throw new Error("@sparticuz/chromium has programs for Linux on x64 only");
  const dir = await unpackOnce("chromium", [
    "chromium.br",
    "swiftshader.tar.br",
    "al2023.tar.br",
    "fonts.tar.br",
  ]);
  const executablePath = join(dir, "chromium");
  return chromium.launch({
    executablePath,
    args: [...FLAGS, ...flags],
    env: { ...process.env, ...stopgaps(executablePath, dir) },
  });
}

/** The package's libraries if the system lacks some, and its font beside the system's: without any, a page draws no text. */
function stopgaps(executable: string, dir: string): Record<string, string> {
  const fonts = join(dir, "fonts.conf");
  const include = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>';
  writeFileSync(fonts, `<fontconfig>${include}<dir>${join(dir, "fonts")}</dir></fontconfig>`);
  const env: Record<string, string> = { FONTCONFIG_FILE: fonts };
  if (execFileSync("ldd", [executable], { encoding: "utf8" }).includes("not found"))
    env.LD_LIBRARY_PATH = [join(dir, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return env;
}
