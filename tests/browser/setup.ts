/** Builds the page once for all tests of the browser that a run has. */
import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { buildLab } from "../support/lab.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the built page. */
    page: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const { folder } = await buildLab();
  project.provide("page", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
