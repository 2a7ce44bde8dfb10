import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { tex } from "./scripts/tex/plugin.ts";
import LongestFirst from "./tests/support/longest_first.ts";

/**
 * Tests of pure functions on the host: what they load and compute beforehand is the same for all, and is made once for many files. A file
 * that opens a device, spies on something or changes its process is not one of them, and has a process to itself.
 */
const HOST = [
  "tests/{sources,texts}",
  "tests/exercises/*",
  "tests/exercises/dialect/*",
  "tests/data/*",
  "tests/formats/*",
  "tests/lab/{charts,dev_sample,device-advice,editor_wgsl,history,measure,next,play,terms,tex,url,walk}",
  "tests/lab/check_{axes,differences,graph,levels,pool,twin,ulp}",
  "tests/lab/derivations/*",
  "tests/lab/exercises/{alone,half_typed,link,notebook,sheets}",
  "tests/library/*",
  "tests/model/*",
  "tests/ops/*",
  "tests/oracle/*",
  "tests/plan/rounding",
  "tests/random/*",
  "tests/sweep/*",
  "tests/train/{broken,check,checkpoint,config,cpu,lent,look,step_file}",
];

export default defineConfig(({ mode }) => {
  // `npm run nightly` runs what takes too long for `npm test`, and nothing else.
  const kind = mode === "nightly" ? "nightly.ts" : "test.ts";
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
          include: [`tests/**/*.${kind}`],
          exclude: ["tests/browser/**", ...HOST.map((some) => `${some}.${kind}`)],
        }),
        project("host", { include: HOST.map((some) => `${some}.${kind}`), isolate: false }),
        project("browser", {
          include: [`tests/browser/*.${kind}`],
          globalSetup: "tests/browser/setup.ts",
          isolate: false,
        }),
      ],
    },
  };
});
