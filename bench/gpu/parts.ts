/** What is done on a GPU, in the order of its worth, each within a limit; together they end within ten minutes. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import type { Shape } from "../../src/measure/shape.ts";
import type { AnyPath } from "../../src/model/plans.ts";
import * as found from "./figures.ts";
import { jsonFile, type Part } from "./runner.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

/** What differs between measuring a GPU and trying the script on a software adapter. */
interface Scale {
  readonly seed: Shape;
  readonly wide: Shape;
  readonly big: Shape;
  /** For which the contenders take turns. */
  readonly peerSeconds: number;
  readonly quick: boolean;
}

const GPU: Scale = {
  seed: { hidden: 64, batch: 32 },
  wide: { hidden: 200, batch: 32 },
  big: { hidden: 1024, batch: 1024 },
  peerSeconds: 6,
  quick: false,
};

const QUICK: Scale = {
  seed: { hidden: 16, batch: 8 },
  wide: { hidden: 40, batch: 8 },
  big: { hidden: 64, batch: 64 },
  peerSeconds: 1,
  quick: true,
};

export interface Options {
  readonly quick: boolean;
  readonly adapter: AdapterChoice;
  readonly folder: string;
}

/** Contenders beside ours. */
const PEERS = { js: "tfjs webgpu,jax-js webgpu", torch: "torch cuda" };

const sizeOf = ({ hidden, batch }: Shape): string => `${hidden}x${batch}`;
const sizes = ({ hidden, batch }: Shape): string[] => ["--hidden", `${hidden}`, "--batch", `${batch}`];

/** A program of this project, run as this one is. */
const program = (file: string, ...args: string[]): string[] => [
  process.execPath,
  ...process.execArgv,
  join(ROOT, file),
  ...args,
];
const command = (...args: string[]): string[] => program("src/cli/main.ts", ...args);

export function partsOf({ quick, adapter, folder }: Options): Part[] {
  const s = quick ? QUICK : GPU;
  const toFile = (name: string): string[] => ["--json", join(folder, jsonFile(name))];
  const bench = (name: string, ...args: string[]): string[] =>
    program("bench/main.ts", ...args, ...toFile(name));
  const effort = s.quick ? ["--quick"] : [];

  const check = (path: AnyPath, shape: Shape, seconds: number): Part => ({
    name: `check-${path}-${sizeOf(shape)}`,
    seconds,
    command: command("check", "--path", path, ...sizes(shape), "--json"),
    printsJson: true,
    figures: found.check,
  });
  const profile = (path: AnyPath, shape: Shape): Part => {
    const name = `profile-${path}-${sizeOf(shape)}`;
    return {
      name,
      seconds: 12,
      command: bench(name, "--only", "profile", "--path", path, ...sizes(shape), "--quick"),
      figures: found.profile,
    };
  };
  const peers = (kind: keyof typeof PEERS, shape: Shape, seconds: number): Part => {
    const name = `peers-${kind}-${sizeOf(shape)}`;
    const time = ["--seconds", `${s.peerSeconds}`, "--patience", "20"];
    const only = ["--only", `ours fused,ours single,${PEERS[kind]}`];
    return {
      name,
      seconds,
      command: program("bench/peers/main.ts", ...only, ...sizes(shape), ...time, ...toFile(name)),
      figures: found.peers,
    };
  };
  const sweep = (what: string, seconds: number): Part => ({
    name: `sweep-${what}`,
    seconds,
    command: program("bench/gpu/sweep.ts", "--only", what, ...effort, ...toFile(`sweep-${what}`)),
    figures: found.sweep,
  });

  return [
    {
      name: "card",
      seconds: 5,
      command: ["nvidia-smi", "--format=csv,noheader", `--query-gpu=${CARD}`],
      whyNot: () => (has("nvidia-smi") ? undefined : "there is no nvidia-smi here"),
      figures: found.lastLine,
    },
    {
      name: "doctor",
      seconds: 20,
      command: command("doctor", "--json"),
      printsJson: true,
      figures: found.doctor,
    },
    {
      name: "floor",
      seconds: 12,
      command: bench("floor", "--only", "floor", ...effort),
      figures: found.floor,
    },
    {
      name: "steps",
      seconds: 40,
      command: bench(
        "steps",
        ...["--only", "steps", "--grid", [s.seed, s.wide, s.big].map(sizeOf).join()],
        ...effort,
      ),
      figures: found.steps,
    },
    profile("single", s.seed),
    profile("fused", s.seed),
    profile("fused", s.wide),
    profile("fused", s.big),
    check("single", s.seed, 8),
    check("fused", s.seed, 8),
    check("chunked", s.seed, 8),
    sweep("populations", 50),
    sweep("auto", 45),
    sweep("step", 25),
    sweep("kernels", 41),
    peers("js", s.seed, 32),
    peers("torch", s.seed, 38),
    peers("js", s.big, 45),
    peers("torch", s.big, 50),
    check("fused", s.big, 28),
    check("chunked", s.big, 32),
    {
      name: "adapters",
      seconds: 35,
      command: program("tests/adapters/main.ts", adapter),
      whyNot: () =>
        existsSync(join(ROOT, "node_modules/vitest")) ? undefined : "Vitest is not installed here",
      figures: found.lastLine,
    },
  ];
}

const CARD = "name,driver_version,memory.used,clocks.sm,clocks.max.sm,clocks.mem,power.draw";

const has = (name: string): boolean => spawnSync(name, ["--help"], { stdio: "ignore" }).error === undefined;
