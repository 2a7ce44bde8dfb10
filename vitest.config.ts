import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    reporters: ["default", "./tests/support/closing-line.ts"],
    // The first tests on a machine unpack programs and compile shaders on a software device.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // A software driver is selected through the environment, which only the main thread of a process can change.
    pool: "forks",
  },
});
