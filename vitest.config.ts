import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { tex } from "./scripts/tex/plugin.ts";
import LongestFirst from "./tests/support/longest_first.ts";

/** Tests of pure functions on the host: what they load and compute beforehand is the same for all, and is made once for many files. */
const HOST = [
  "tests/exercises",
  "tests/exercises/dialect",
  "tests/data",
  "tests/formats",
  "tests/library",
  "tests/model",
  "tests/ops",
  "tests/random",
];

export default defineConfig(({ mode }) => {
  // `npm run nightly` runs what takes too long for `npm test`, and nothing else.
  const files = mode === "nightly" ? "*.nightly.ts" : "*.test.ts";
  const project = (
    name: string,
    test: TestProjectInlineConfiguration["test"],
  ): TestProjectInlineConfiguration => ({
    extends: true,
    test: { name, ...test },
  });
  return {
    plugins: [tex()],
    test: {
      reporters: ["default", "./tests/support/closing-line.ts"],
      // The first tests on a machine unpack programs and compile shaders on a software device.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      maxWorkers: 2,
      sequence: { sequencer: LongestFirst },
      // A software driver is selected through the environment, which only the main thread of a process can change.
      pool: "forks",
      projects: [
        project("node", {
          include: [`tests/**/${files}`],
          exclude: ["tests/browser/**", ...HOST.map((folder) => `${folder}/*.ts`)],
        }),
        project("host", { include: HOST.map((folder) => `${folder}/${files}`), isolate: false }),
        project("browser", {
          include: [`tests/browser/${files}`],
          globalSetup: "tests/browser/setup.ts",
          isolate: false,
        }),
      ],
    },
  };
});
