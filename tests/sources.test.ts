/** The program never runs what it reads: no way from text to code in the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const files = ["src", "shaders"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
);

/** Ways to run text, or a file whose name was computed. */
const WAYS = [
  /\beval\s*\(|\.eval\b/,
  /\bnew Function\b|\bFunction\(/,
  /\bset(Timeout|Interval)\(\s*["'`]/,
  /\bimport\((?!"[^"]+"\))/,
  /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write)\b/,
  /\b(child_process|node:vm|importScripts)\b/,
  /\bjavascript:/,
];
/** SwiftShader comes with our own packages; a loader of the system's is loaded by its name. */
const ALLOWED = {
  dlopen: ["src/gpu/dawn.ts", "src/gpu/deno.ts"],
  createRequire: ["src/gpu/packages.ts"],
};

const using = (way: RegExp) =>
  files.filter((file) => way.test(withoutComments(readFileSync(join(root, file), "utf8"))));
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");

it.each(WAYS)("no file has %s", (way) => {
  expect(files.length).toBeGreaterThan(100);
  expect(using(way)).toEqual([]);
});

it.each(Object.entries(ALLOWED))("%s is used in %j only", (name, allowed) => {
  expect(using(new RegExp(`\\b${name}\\b`)).sort()).toEqual(allowed);
});
