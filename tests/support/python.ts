/** A Python that has PyTorch, for the tests that run it. */
import { spawnSync } from "node:child_process";

/** Debian's python3-torch belongs to Debian's Python, which need not be the first one. */
export const findPython = (): string | undefined =>
  ["python3", "/usr/bin/python3"].find((path) => spawnSync(path, ["-c", "import torch"]).status === 0);
