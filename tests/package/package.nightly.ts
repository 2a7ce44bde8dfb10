/** The packed package, installed by npm in blank projects: run by Node, typed by TypeScript, bundled, and opened in a page. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { embedded } from "../support/adapter.ts";
import { chromiumRunsHere, launchChromium } from "../support/chromium.ts";
import { serveLab } from "../support/lab.ts";
import { Project, pack, root } from "../support/package.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-packed-"));
let packed = "";
beforeAll(() => {
  packed = pack(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Says how many words are bundled, and what computes. */
const USING = (ending: string) => `
import { loadBundledWords, openMachine } from "backprop-ninja";
(async () => {
  const { words } = await loadBundledWords();
  const machine = await openMachine("auto");
  ${ending}
  machine.close();
})();
`;
const PRINTING = USING("console.log(words.length, machine.name);");
const IN_A_PAGE = USING("document.title = words.length + ' ' + machine.name;");
const SHOWN = '<!doctype html><script type="module" src="./page.mjs"></script>';
const WITH_A_DEVICE = embedded ? /^32257 .*SwiftShader/ : /^32257 /;

function bytesIn(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

describe("for production only, without optional packages", () => {
  const project = new Project();
  afterAll(() => project.remove());
  beforeAll(() => project.install("--omit=dev", "--omit=optional", packed));

  it("trains on the device that came with it", () => {
    const args = ["backprop-ninja", "train", "--steps", "3", "--hidden", "6", "--out", "x.safetensors"];
    const env = { ...process.env, BACKPROP_NINJA_ADAPTER: embedded ? "swiftshader" : "auto" };
    execFileSync("npx", args, { cwd: project.folder, env, stdio: ["ignore", "ignore", "pipe"] });
    expect(existsSync(join(project.folder, "x.safetensors"))).toBe(true);
  });

  it("takes as much as the README says", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const said = readme
      .match(/That is (\d+) MB: (\d+) for Dawn.* (\d+) for SwiftShader/)!
      .slice(1)
      .map(Number);
    const taken = ["", "webgpu", "backprop-ninja/dist/swiftshader"].map(
      (name) => bytesIn(join(project.folder, "node_modules", name)) / 1e6,
    );
    for (const [i, megabytes] of taken.entries()) expect(Math.abs(megabytes - said[i])).toBeLessThan(2);
  });
});

it("comes built from git, and a clone without development dependencies installs too", () => {
  const project = new Project();
  try {
    project.install(`git+${pathToFileURL(root)}`);
    project.write("main.mjs", PRINTING);
    expect(project.node("main.mjs")).toMatch(WITH_A_DEVICE);
    execFileSync("git", ["clone", "--quiet", "--depth=1", `${pathToFileURL(root)}`, "clone"], {
      cwd: project.folder,
    });
    const quiet = ["ci", "--omit=dev", "--prefer-offline", "--no-audit", "--loglevel=error"];
    execFileSync("npm", quiet, { cwd: join(project.folder, "clone"), stdio: ["ignore", "ignore", "pipe"] });
  } finally {
    project.remove();
  }
});

describe("beside tools", () => {
  const project = new Project();
  let browser: Browser | undefined;
  beforeAll(async () => {
    project.write("index.html", SHOWN);
    project.write("page.mjs", IN_A_PAGE);
    project.install(packed, "typescript@5.9", "esbuild@0.28", "vite@7");
    browser = chromiumRunsHere ? await launchChromium() : undefined;
  });
  afterAll(async () => {
    await browser?.close();
    project.remove();
  });

  it("runs as a module, and by require()", () => {
    project.write("main.mjs", PRINTING);
    project.write("main.cjs", PRINTING.replace(/import (.*) from (.*);/, "const $1 = require($2);"));
    expect(project.node("main.mjs")).toMatch(WITH_A_DEVICE);
    expect(project.node("main.cjs")).toMatch(WITH_A_DEVICE);
  });

  describe.each([
    ["TypeScript 5.9", () => project.folder],
    ["our TypeScript", () => root],
  ])("%s", (_, home) => {
    const typescript = () => join(home(), "node_modules/typescript");
    it.each([
      ["nodenext", ["es2022"]],
      ["nodenext", ["es2022", "dom"]],
      ["node16", ["es2022"]],
    ])("takes its types: %s, with %j", (module, lib) => project.checkTypes(typescript(), lib, module));
    it.each([[["es2022"]], [["es2022", "dom"]]])("takes its types as for a bundler, with %j", (lib) =>
      project.checkTypes(typescript(), lib, "esnext", "bundler"),
    );
  });

  /** Through esbuild's own command, which is a program and not a script. */
  function esbuild(entry: string, out: string, ...options: string[]): void {
    const args = [entry, "--bundle", `--outfile=${out}`, "--log-level=error", ...options];
    execFileSync(join(project.folder, "node_modules/.bin/esbuild"), args, { cwd: project.folder });
  }

  it.each(["esm", "cjs"])("esbuild bundles it for Node as %s, the list and the device included", (format) => {
    project.write("main.mjs", PRINTING);
    const out = `bundled.${format === "esm" ? "mjs" : "cjs"}`;
    esbuild("main.mjs", out, "--platform=node", `--format=${format}`);
    expect(project.node(out)).toMatch(WITH_A_DEVICE);
  });

  it("esbuild bundles little for who imports one function", () => {
    project.write(
      "small.mjs",
      'import { readSafetensors } from "backprop-ninja"; console.log(readSafetensors);',
    );
    esbuild("small.mjs", "small.out.mjs", "--format=esm");
    expect(statSync(join(project.folder, "small.out.mjs")).size).toBeLessThan(15_000);
  });

  describe.skipIf(!chromiumRunsHere)("in a page", () => {
    /** What the page at `url` ends up saying. */
    async function said(url: string): Promise<string> {
      const page = await browser!.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(url);
      await page.waitForFunction(() => document.title !== "").catch(() => errors.push("it says nothing"));
      const title = await page.title();
      await page.close();
      expect(errors).toEqual([]);
      return title;
    }

    async function served(out: string): Promise<string> {
      const site = await serveLab(join(project.folder, out));
      return said(site.url).finally(() => site.close());
    }

    const vite = (): Promise<typeof import("vite")> =>
      import(/* @vite-ignore */ join(project.folder, "node_modules/vite/dist/node/index.js"));

    it("that esbuild has bundled", async () => {
      mkdirSync(join(project.folder, "site"));
      project.write("site/index.html", SHOWN);
      esbuild("page.mjs", "site/page.mjs", "--format=esm");
      expect(await served("site")).toMatch(/^32257 /);
    });

    it("that Vite 7 has built", async () => {
      const { build } = await vite();
      const config = {
        root: project.folder,
        configFile: false as const,
        base: "./",
        logLevel: "error" as const,
      };
      await build(config);
      expect(await served("dist")).toMatch(/^32257 /);
    });

    it("that Vite 7 serves for development", async () => {
      const { createServer } = await vite();
      const config = { root: project.folder, configFile: false as const, logLevel: "error" as const };
      const server = await createServer({ ...config, server: { host: "127.0.0.1", port: 0 } });
      await server.listen();
      await said(server.resolvedUrls!.local[0])
        .then((title) => expect(title).toMatch(/^32257 /))
        .finally(() => server.close());
    });
  });
});
