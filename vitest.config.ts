import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  test: {
    // `npm run nightly` runs what takes too long for `npm test`, and nothing else.
    include: [mode === "nightly" ? "tests/**/*.nightly.ts" : "tests/**/*.test.ts"],
    reporters: ["default", "./tests/support/closing-line.ts"],
    // The first tests on a machine unpack programs and compile shaders on a software device.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // A software driver is selected through the environment, which only the main thread of a process can change.
    pool: "forks",
  },
}));
