/** Runs the suite in npm's Deno, whose WebGPU is wgpu with its own compiler, naga; and compares its training with Dawn's. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Extent } from "../support/kernels.ts";
import { dawnsLosses, sameBits } from "./dawn.ts";
import type { Said } from "./inside_deno.ts";
import type { Row } from "./suite.ts";

/** Both compute on the same driver, or their bits need not be equal. */
const ADAPTER = "swiftshader";

/** Deno's program. @throws Error with a line if npm has none for this machine */
export function denoProgram(): string {
  const { platform, arch } = process;
  const name = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
  try {
    const deno = createRequire(import.meta.url).resolve("deno/package.json");
    const found = createRequire(deno).resolve(`${name}/package.json`);
    return join(dirname(found), platform === "win32" ? "deno.exe" : "deno");
  } catch {
    throw new Error(`there is no Deno: the package ${name} is not installed`);
  }
}

/** The program and arguments that run a TypeScript file of ours in Deno, as it stands. */
export const denoCommand = (file: string, ...args: string[]): [string, string[]] => [
  denoProgram(),
  ["run", "-A", "--no-check", "--no-lock", "--no-prompt", "--quiet", file, ...args],
];
export const denoEnv = {
  ...process.env,
  BACKPROP_NINJA_ADAPTER: ADAPTER,
  DENO_NO_UPDATE_CHECK: "1",
  NO_COLOR: "1",
};

/**
 * @param extent how much of every operation is judged
 * @param onRow what it throws ends the run
 * @returns the adapter's name
 * @throws Error if there is no Deno, or no SwiftShader
 */
export async function runInDeno(extent: Extent, onRow: (row: Row) => void): Promise<string> {
  const [program, args] = denoCommand(fileURLToPath(new URL("inside_deno.ts", import.meta.url)), extent);
  const want = await dawnsLosses(ADAPTER);
  const child = spawn(program, args, { env: denoEnv, stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on("close", resolve).on("error", reject),
  );
  let adapter = "";
  try {
    for await (const line of createInterface(child.stdout)) {
      const said: Said = JSON.parse(line);
      if ("adapter" in said) adapter = said.adapter;
      else onRow("row" in said ? said.row : sameBits(said.path, said.losses, want[said.path]));
    }
    const status = await ended;
    if (status !== 0) throw new Error(complaints.trim() || `Deno ended with status ${status}`);
    return adapter;
  } finally {
    child.kill("SIGKILL");
  }
}
