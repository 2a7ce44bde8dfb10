/** Runs whose terminal is closed, and every way in which output can be cut off. */
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { newFolder, PROGRAM, TINY, WORDS } from "../support/cli.ts";

const folder = newFolder();
const out = join(folder, "x.safetensors");
const load = () => decodeCheckpoint(readFileSync(out), "x");
const train = (steps: number, ...more: string[]) => [
  ...PROGRAM,
  ...["train", ...TINY, ...WORDS, "--save-every", "1000", "--steps", `${steps}`, "--out", out, ...more],
];

/** Its exit code, and what it wrote. */
const bash = (line: string, args: readonly string[]): Promise<{ code: number; all: string }> =>
  new Promise((resolve) => {
    execFile("bash", ["-c", `set -o pipefail; ${line}`, "bash", ...args], { cwd: folder }, (error, o, e) =>
      resolve({ code: Number(error?.code ?? 0), all: o + e }),
    );
  });

describe.runIf(process.platform === "linux")("output that is cut off", () => {
  it.each([
    ['"$@" > /dev/full', 0, "cannot write to standard output: the disk is full; going on without it\n"],
    ['"$@" 2> /dev/full', 0, "names "],
    ['"$@" > /dev/full 2>&1', 0, ""],
    [
      '"$@" --json > /dev/full',
      0,
      "cannot write to standard output: the disk is full; going on without it\n",
    ],
    ['"$@" 2>&1 | head -n 1', 0, ""],
    ['"$@" --json --log-every 1 | head -n 1', 0, "nobody reads it any more; going on without it\n"],
  ])("%s", async (line, code, said) => {
    rmSync(out, { force: true });
    const ran = await bash(line, train(500));
    expect(ran).toMatchObject({ code, all: expect.stringContaining(said) });
    expect(load().step).toBe(500);
  });

  const sample = [...PROGRAM, "sample", "--quiet", "--backend", "cpu", "--checkpoint", out, "-n", "20000"];

  it("is an error where the output is the result, but not for head", async () => {
    expect(await bash('"$@" > /dev/full', sample)).toEqual({
      code: 1,
      all: "error: cannot write to standard output: the disk is full\n",
    });
    const { code, all } = await bash('"$@" | head -n 1', sample);
    expect([code, all.split("\n").length]).toEqual([0, 2]);
  });
});

/** Runs a command in a terminal, closes it after the first progress, and prints how the command ended. */
const PTY = `
import fcntl, os, pty, select, subprocess, sys, termios, time
master, slave = pty.openpty()
def session():
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
p = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave, preexec_fn=session)
os.close(slave)
said = b""
while b"loss" not in said: said += os.read(master, 65536)
os.close(master)
print(p.wait())
`;
const python = spawnSync("python3", ["-c", "import pty"]).status === 0;
const inTerminal = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile("python3", ["-c", PTY, ...args], { cwd: folder }, (error, stdout) =>
      error ? reject(error) : resolve(stdout.trim()),
    );
  });

describe.runIf(python && process.platform !== "win32")("a terminal that closes", () => {
  it("ends the run as Ctrl-C does, saved", async () => {
    rmSync(out, { force: true });
    expect(await inTerminal(train(1e6))).toBe("130");
    const { step } = load();
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(1e6);
  });

  it("lets a run go on that left the terminal's session", async () => {
    rmSync(out, { force: true });
    const shell = 'trap "" HUP; echo loss; setsid -w "$@"; echo $? > code';
    await inTerminal(["bash", "-c", shell, "bash", ...train(20_000)]);
    expect(load().step).toBe(20_000);
    expect(readFileSync(join(folder, "code"), "utf8")).toBe("0\n");
  });

  it("lets a run go on whose output is elsewhere", async () => {
    rmSync(out, { force: true });
    const line = '"$@" > log 2>&1 & until grep -q parameters log; do sleep 0.1; done; kill -HUP $!; wait $!';
    expect(await bash(line, train(20_000))).toEqual({ code: 0, all: "" });
    expect(load().step).toBe(20_000);
  });
});
