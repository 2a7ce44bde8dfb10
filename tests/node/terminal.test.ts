/** Output that cannot be written, and signals of a terminal that closes. */
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { catchInterrupt } from "../../src/cli/interrupt.ts";
import { outliveTerminal } from "../../src/node/terminal.ts";

class FakeStream extends EventEmitter {
  text = "";
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  fail(code: string): void {
    this.emit("error", Object.assign(new Error(`write ${code}`), { code }));
  }
}

/** A process whose streams fail when they are told to. */
class Host extends EventEmitter {
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
  exitCode?: number;
  constructor({ out = false, err = false } = {}) {
    super();
    this.stdout = new FakeStream(out);
    this.stderr = new FakeStream(err);
  }
  end(): number {
    this.emit("exit");
    return this.exitCode ?? 0;
  }
}

function hostOf(result: boolean, terminals?: ConstructorParameters<typeof Host>[0]): Host {
  const host = new Host(terminals);
  outliveTerminal({ result }, host as unknown as Parameters<typeof outliveTerminal>[1]);
  return host;
}

const REASONS = [
  ["EPIPE", "nobody reads it any more"],
  ["EIO", "the terminal is gone"],
  ["ENOSPC", "the disk is full"],
] as const;

it.each(REASONS)("a run goes on after %s, with one note, and ends well", (code, why) => {
  const host = hostOf(false);
  for (let i = 0; i < 3; i++) host.stdout.fail(code);
  expect(host.stderr.text).toBe(`cannot write to standard output: ${why}; going on without it\n`);
  for (let i = 0; i < 3; i++) host.stderr.fail(code);
  expect(host.stdout.text, "results may be read by a program").toBe("");
  expect(host.end()).toBe(0);
});

it("says on a terminal that standard error cannot be written", () => {
  const host = hostOf(false, { out: true });
  host.stderr.fail("ENOSPC");
  expect(host.stdout.text).toBe("cannot write to standard error: the disk is full; going on without it\n");
});

it.each([
  ["ENOSPC", 1, "error: cannot write to standard output: the disk is full\n"],
  ["EIO", 1, "error: cannot write to standard output: the terminal is gone\n"],
  ["EPIPE", 0, ""],
])("a command for its result ends after %s with %i", (code, exitCode, said) => {
  const host = hostOf(true);
  host.stdout.fail(code);
  expect([host.end(), host.stderr.text]).toEqual([exitCode, said]);
});

it("a lost note is no lost result", () => {
  const host = hostOf(true);
  host.stderr.fail("ENOSPC");
  expect(host.end()).toBe(0);
});

it("goes on after SIGHUP only where there never was a terminal", () => {
  expect(hostOf(false).listenerCount("SIGHUP")).toBe(1);
  for (const where of [{ out: true }, { err: true }])
    expect(hostOf(false, where).listenerCount("SIGHUP")).toBe(0);
});

/** Whether SIGHUP, twice, ends a run under way. */
function hangUp(isTTY: boolean): boolean {
  const { isTTY: was } = process.stderr;
  const before = process.listenerCount("SIGHUP");
  process.stderr.isTTY = isTTY;
  const interrupt = catchInterrupt();
  process.stderr.isTTY = was;
  for (let i = 0; i < 2; i++) process.emit("SIGHUP", "SIGHUP");
  const { asked } = interrupt;
  interrupt.release();
  expect(process.listenerCount("SIGHUP")).toBe(before);
  return asked;
}

it("SIGHUP of a terminal ends a run as Ctrl-C does", () => {
  // Without one nothing would catch it here, and it would end the tests.
  process.on("SIGHUP", () => {});
  expect([hangUp(true), hangUp(false)]).toEqual([true, Boolean(process.stdout.isTTY)]);
  process.removeAllListeners("SIGHUP");
});
