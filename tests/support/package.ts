/** The package as npm packs it, and blank projects that have installed it. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { adapterEnv } from "./adapter.ts";

export const root = resolve(import.meta.dirname, "../..");

/** Builds the package and packs it into `folder`. @returns the packed file */
export function pack(folder: string): string {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
}

/** A project's folder, with a package.json that says nothing. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "backprop-ninja-project-"));

  constructor() {
    this.write("package.json", "{}");
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Installs through npm, from its cache where it can. */
  install(...args: string[]): void {
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", ...quiet, ...args], {
      cwd: this.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
  }

  /** What `install` comes to, without npm's work: the files that it packs, and the clone's packages for those that they depend on. */
  place(): void {
    execFileSync(process.execPath, ["scripts/prepare.mjs"], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const { files, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const modules = join(this.folder, "node_modules");
    for (const name of ["package.json", ...files])
      cpSync(join(root, name), join(modules, "backprop-ninja", name), { recursive: true });
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
    }
  }

  /** Runs a program under Node, in the project. @returns its stdout @throws Error with its output if it fails */
  node(script: string, ...args: string[]): string {
    const env = { ...process.env, ...adapterEnv };
    const options = { cwd: this.folder, env, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
    if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Checks a program that uses what there is of WebGPU's types, as strictly as can be, without any types but TypeScript's `lib`. */
  checkTypes(typescript: string, lib: readonly string[], module: string, moduleResolution = module): void {
    const strict = { strict: true, skipLibCheck: false, noEmit: true, target: "es2022", types: [] };
    const compilerOptions = { ...strict, lib, module, moduleResolution };
    this.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["main.mts"] }));
    this.write("main.mts", TYPED);
    this.node(join(typescript, "bin/tsc"));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const TYPED = `
import { loadBundledWords, openDevice, type OpenedDevice } from "backprop-ninja";
import { readWordFile } from "backprop-ninja/node";
const opened: OpenedDevice = await openDevice({ onError: (error) => { throw new Error(error.message); } });
export const device = opened.device;
export const lists = [await loadBundledWords(), await readWordFile("words.txt")];
`;
