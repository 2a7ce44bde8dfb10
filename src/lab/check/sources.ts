/// <reference types="vite/client" />
/** The source files of the operations, fetched when a twin is first shown. */
import { importedBy, twinSource } from "./twin_source.ts";

const files = import.meta.glob<string>("../../ops/*.ts", { query: "?raw", import: "default" });

/** The CPU twin of an operation, as it is written in `src/ops`. */
export async function loadTwin(op: string): Promise<{ path: string; text: string }> {
  const path = `src/ops/${op.split(".")[0]}.ts`;
  const textOf = (of: string) => files[`../../ops/${of}.ts`]();
  const file = await textOf(op.split(".")[0]);
  return { path, text: twinSource(file, op, await Promise.all(importedBy(file).map(textOf))) };
}
