/** What a result was measured on: without it a figure means nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import type { MeasuredOn } from "../src/measure/environment.ts";
import type { OpenedMachine } from "../src/train/open.ts";

export interface Environment extends MeasuredOn {
  readonly node: string;
  readonly cpu: string;
  /** The version of Dawn's package. */
  readonly webgpu: string;
  /** Absent outside a checkout; a `+` after it means that there were uncommitted changes. */
  readonly commit?: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

export function environment(machine: OpenedMachine): Environment {
  const processors = cpus();
  const { version, dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  return {
    date: new Date().toISOString(),
    adapter: machine.name,
    kind: machine.kind,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    version,
    webgpu: dependencies.webgpu,
    commit: commit(),
  };
}

function commit(): string | undefined {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return git("rev-parse", "HEAD") + (git("status", "--porcelain") ? "+" : "");
  } catch {
    return undefined;
  }
}
