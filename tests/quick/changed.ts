/** Which operations differ from those of the last commit: in a kernel's text or grid, or in the declaration itself. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { registry as Registry } from "../../src/model/registry.ts";
import { kernelsOf, type Op, RUNGS } from "../../src/plan/contract.ts";
import type { kernelSource as Source } from "../../src/plan/source.ts";
import { ANY_DEVICE, LANES, WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { shapes } from "../support/kernels.ts";

/** Fast texts differ by no more than this. */
const TARGETS = LANES.flatMap((lanes) =>
  WORKGROUP_BYTES.map((workgroupBytes) => ({ ...ANY_DEVICE, lanes, workgroupBytes })),
);

interface Tree {
  readonly registry: typeof Registry;
  readonly kernelSource: typeof Source;
}

/** The registry of a checkout, with its own way to make texts. */
async function load(root: string): Promise<Tree> {
  const from = (path: string) => import(pathToFileURL(join(root, path)).href);
  const { registry } = await from("src/model/registry.ts");
  const { kernelSource } = await from("src/plan/source.ts");
  return { registry, kernelSource };
}

/** All that a judge sees of an operation, as text. */
function describe(op: Op, { kernelSource }: Tree): string {
  const texts = new Set<string>();
  for (const dims of shapes(op))
    for (const rung of RUNGS)
      for (const target of TARGETS)
        for (const { code, ...kernel } of kernelsOf(op, dims, { rung, target }))
          texts.add(JSON.stringify({ ...kernel, source: kernelSource(op, dims, { ...kernel, code }) }));
  return JSON.stringify([op, String(op.twin), ...texts]);
}

/**
 * The names of operations that are new in `root`'s working tree, or not as they were at HEAD.
 * @throws Error if there is no git, or HEAD's kernels cannot be loaded
 */
export async function changedSinceHead(root: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-head-"));
  try {
    const archive = execFileSync("git", ["archive", "HEAD", "package.json", "shaders", "src"], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    const [here, head] = await Promise.all([load(root), load(folder)]);
    const before = new Map(head.registry.map((op) => [op.name, describe(op, head)]));
    return here.registry.filter((op) => before.get(op.name) !== describe(op, here)).map((op) => op.name);
  } catch (error) {
    throw new Error(`cannot compare with the last commit: ${(error as Error).message}; name operations`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
