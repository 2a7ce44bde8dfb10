/** The contenders, and the command that starts each. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ALL_PATHS } from "../../src/model/plans.ts";

export interface Entry {
  readonly name: string;
  /** One of our paths on WebGPU: what the others are compared with. */
  readonly ours: boolean;
  /** Whether it trains many networks side by side. */
  readonly many: boolean;
  /** Changes to its environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Without the problem's file, which is its last argument. */
  readonly command: () => readonly string[];
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const worker = (kind: string, variant: string): Entry => ({
  name: `${kind} ${variant}`,
  ours: kind === "ours" && variant !== "cpu",
  many: variant === "population",
  command: () => [process.execPath, ...process.execArgv, here("./worker.ts"), kind, variant],
});

/**
 * PyTorch at its best: glibc keeps the memory of temporaries instead of returning it at every step, OpenBLAS leaves the threads to PyTorch, and
 * takes the kernels for this processor.
 */
const TORCH_ENV: NodeJS.ProcessEnv = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 29),
  OPENBLAS_NUM_THREADS: "1",
  OPENBLAS_CORETYPE: undefined,
  OPENBLAS_L2_SIZE: undefined,
};

const torch = (variant: string, many = false): Entry => ({
  name: `torch ${variant}`,
  ours: false,
  many,
  env: TORCH_ENV,
  command: () => [python(), here(`./contenders/pytorch${many ? "_many" : ""}.py`), variant],
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
  worker("ours", "population"),
  torch("batched", true),
  torch("vmap", true),
];

let found: string | undefined;

/** Debian's python3-torch belongs to /usr/bin/python3, which need not be the first Python. */
function python(): string {
  const hasTorch = (program: string) => spawnSync(program, ["-c", "import torch"]).status === 0;
  found ??= ["python3", "/usr/bin/python3"].find(hasTorch) ?? "python3";
  return found;
}
