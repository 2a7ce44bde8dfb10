/** The contenders, and the command that starts each. */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { type Setting, torchSettings } from "./environments.ts";

export interface Entry {
  readonly name: string;
  /** One of our paths on WebGPU: what the others are compared with. */
  readonly ours: boolean;
  /** Whether it trains many networks side by side. */
  readonly many: boolean;
  /** Why it cannot take part here, if so. */
  readonly whyNot?: () => string | undefined;
  /** What of its environment may make it faster. */
  readonly settings?: () => readonly Setting[];
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

const torch = (variant: string, { many = false, cuda = false } = {}): Entry => ({
  name: `torch ${cuda ? "cuda " : ""}${variant}`,
  ours: false,
  many,
  ...(cuda
    ? { whyNot: () => python().whyNoCuda }
    : { settings: () => torchSettings(python().blas, availableParallelism(), process.env) }),
  command: () => [
    python().program,
    here(`./contenders/pytorch${many ? "_many" : ""}.py`),
    variant,
    ...(many ? [] : [cuda ? "cuda" : "cpu"]),
  ],
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
  torch("fused"),
  torch("manual", { cuda: true }),
  torch("fused", { cuda: true }),
  torch("graph", { cuda: true }),
  worker("ours", "population"),
  torch("batched", { many: true }),
  torch("vmap", { many: true }),
];

interface Python {
  readonly program: string;
  readonly blas: string;
  readonly whyNoCuda: string | undefined;
}
let found: Python | undefined;

/** Debian's python3-torch belongs to /usr/bin/python3, which need not be the first Python. */
function python(): Python {
  for (const program of ["python3", "/usr/bin/python3"]) {
    if (found) break;
    const { status, stdout } = spawnSync(program, [here("./contenders/protocol.py")], { encoding: "utf8" });
    if (status !== 0) continue;
    const { blas, version, cuda } = JSON.parse(stdout);
    found = { program, blas, whyNoCuda: cuda ? undefined : `PyTorch ${version} finds no CUDA device` };
  }
  // Without one, starting it says what is missing.
  found ??= { program: "python3", blas: "", whyNoCuda: "there is no Python with PyTorch here" };
  return found;
}
