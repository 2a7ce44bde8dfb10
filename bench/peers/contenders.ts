/** The contenders, and the command that starts each. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ALL_PATHS } from "../../src/model/plans.ts";

export interface Entry {
  readonly name: string;
  /** One of our paths on WebGPU: what the others are compared with. */
  readonly ours: boolean;
  /** Without the problem's file, which is its last argument. */
  readonly command: () => readonly string[];
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const worker = (kind: string, variant: string): Entry => ({
  name: `${kind} ${variant}`,
  ours: kind === "ours" && variant !== "cpu",
  command: () => [process.execPath, ...process.execArgv, here("./worker.ts"), kind, variant],
});

const torch = (variant: string): Entry => ({
  name: `torch ${variant}`,
  ours: false,
  command: () => [python(), here("./contenders/pytorch.py"), variant],
});

export const ENTRIES: readonly Entry[] = [
  ...ALL_PATHS.map((path) => worker("ours", path)),
  worker("ours", "cpu"),
  worker("tfjs", "webgpu"),
  worker("tfjs", "wasm"),
  worker("jax-js", "webgpu"),
  worker("jax-js", "wasm"),
  torch("manual"),
  torch("autograd"),
];

let found: string | undefined;

/** Debian's python3-torch belongs to /usr/bin/python3, which need not be the first Python. */
function python(): string {
  const hasTorch = (program: string) => spawnSync(program, ["-c", "import torch"]).status === 0;
  found ??= ["python3", "/usr/bin/python3"].find(hasTorch) ?? "python3";
  return found;
}
