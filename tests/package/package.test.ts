/** The package in a blank project that has nothing but what it depends on. All ways to install and to bundle it are tried at night. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project, root } from "../support/package.ts";

const project = new Project();
beforeAll(() => project.place());
afterAll(() => project.remove());

test("the README's example runs", () => {
  const example = readFileSync(join(root, "README.md"), "utf8").match(/```js\n([\s\S]*?)```/)?.[1] ?? "";
  expect(example.trim().split("\n").length).toBeLessThanOrEqual(24);
  project.write("example.mjs", example);
  const { ok, dev, names } = JSON.parse(project.node("example.mjs"));
  expect(ok).toBe(true);
  expect(dev).toBeLessThan(2.8);
  expect(names).toHaveLength(5);
});

test("require() takes it too", () => {
  project.write(
    "main.cjs",
    `const { loadBundledWords } = require("backprop-ninja");
     const { readWordFile } = require("backprop-ninja/node");
     loadBundledWords().then(({ words }) => console.log(words.length, typeof readWordFile));`,
  );
  expect(project.node("main.cjs")).toBe("32257 function\n");
});

test("its program names itself as it is started here", () => {
  const program = "node_modules/backprop-ninja/dist/src/cli/main.js";
  expect(() => project.node(program, "sample")).toThrow(
    'error: there is no checkpoint in runs/; run "npx backprop-ninja train" first, or give --checkpoint FILE\n',
  );
});

test("strict TypeScript takes its types, without those of WebGPU, of the DOM and of Node", () => {
  project.checkTypes(join(root, "node_modules/typescript"), ["es2022"], "nodenext");
});

test("who imports one function bundles little else", async () => {
  project.write("small.mjs", 'export { readSafetensors } from "backprop-ninja";');
  const entry = join(project.folder, "small.mjs");
  const lib = { entry, formats: ["es" as const] };
  const built = await build({
    root: project.folder,
    configFile: false,
    logLevel: "error",
    build: { write: false, lib },
  });
  const { output } = (built as Rolldown.RolldownOutput[])[0];
  expect(output.map((chunk) => chunk.type)).toEqual(["chunk"]);
  expect((output[0] as Rolldown.OutputChunk).code.length).toBeLessThan(10_000);
});

test("every file that it points at is in it", () => {
  const installed = join(project.folder, "node_modules/backprop-ninja");
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((name) => name.endsWith(".map"))).toEqual([]);
  const scripts = files.filter((name) => name.endsWith(".js"));
  expect(scripts.length).toBeGreaterThan(100);
  for (const name of scripts)
    expect(readFileSync(join(installed, name), "utf8")).not.toContain("sourceMappingURL");
  expect(readdirSync(join(installed, "dist/swiftshader")).sort()).toEqual([
    "LICENSE",
    "libvk_swiftshader.so",
    "libvulkan.so.1",
    "vk_swiftshader_icd.json",
  ]);
});
