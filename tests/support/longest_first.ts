/** Starts the longest test files first, since one that starts last runs on alone. Vitest itself knows durations only of files it has run before. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONGEST = [
  "gpu/kernels",
  "gpu/whole_step",
  "mutation/mutation",
  "gpu/single",
  "train/optimizers",
  "browser/visit",
  "fuzz/fuzz",
  "browser/exercises",
  "browser/check",
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.findIndex((name) => moduleId.includes(`/tests/${name}.`));
  return at < 0 ? LONGEST.length : at;
};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
