import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { unpackOnce } from "./unpacked.ts";

const scratch = mkdtempSync(join(tmpdir(), "unpacked-test-"));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(scratch, { recursive: true }));
const unpack = () => unpackOnce("nss", ["al2023.tar.br"]);

it("unpacks once, even if several ask at the same time", async () => {
  vi.stubEnv("BACKPROP_NINJA_CACHE", join(scratch, "cache"));
  const [first, ...others] = await Promise.all([unpack(), unpack(), unpack()]);
  expect(others).toEqual([first, first]);
  expect(await unpack()).toBe(first);
});

it("falls back to the temporary folder", async () => {
  const file = join(scratch, "file");
  writeFileSync(file, "");
  vi.stubEnv("BACKPROP_NINJA_CACHE", join(file, "cache"));
  vi.stubEnv("TMPDIR", scratch);
  expect(await unpack()).toContain(join(scratch, "backprop-ninja-"));
  vi.stubEnv("TMPDIR", file);
  await expect(unpack()).rejects.toThrow(/^nss could not be unpacked .*: set BACKPROP_NINJA_CACHE to/);
});
