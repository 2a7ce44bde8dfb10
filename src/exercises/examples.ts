/** What exercises train on. */
import { loadBundledWords } from "../data/bundled.ts";
import { buildDataset, type Split } from "../data/examples.ts";
import { DEFAULTS } from "../train/config.ts";

/** The bundled names, and how many characters these have. */
export async function bundledExamples(): Promise<{ train: Split; vocabulary: number }> {
  const { train, vocabulary } = buildDataset(await loadBundledWords(), { context: DEFAULTS.context });
  return { train, vocabulary: vocabulary.size };
}
