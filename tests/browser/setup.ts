/** Builds the page once for all tests of the browser that a run has. */
import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { buildLab } from "../support/lab.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the built page. */
    page: string;
    /** The scripts that are part of it, with the names of those that each brings along. */
    chunks: readonly { readonly fileName: string; readonly isEntry: boolean; readonly imports: string[] }[];
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const { folder, output } = await buildLab();
  project.provide("page", folder);
  const chunks = output.filter((o) => o.type === "chunk");
  project.provide(
    "chunks",
    chunks.map(({ fileName, isEntry, imports }) => ({ fileName, isEntry, imports })),
  );
  return () => rmSync(folder, { recursive: true, force: true });
}
