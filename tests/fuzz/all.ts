/** Every target, and a campaign over all of them. */
import { describe, it } from "vitest";
import { addresses } from "./address.ts";
import { checkpoints } from "./checkpoints.ts";
import { commandLines } from "./command_line.ts";
import { exercises } from "./exercises.ts";
import { kernelTexts } from "./kernels.ts";
import { safetensors } from "./safetensors.ts";
import type { Campaign } from "./target.ts";
import { wordLists } from "./words.ts";

const TARGETS = [
  ...safetensors,
  ...checkpoints,
  ...wordLists,
  ...addresses,
  ...commandLines,
  ...exercises,
  ...kernelTexts,
];

export function fuzz(campaign: Campaign, timeout?: number): void {
  const { cases, seed } = campaign;
  describe(`${cases.toLocaleString("en-US")} cases from seed ${seed}`, () => {
    it.each(TARGETS)("$name", (t) => t.run(campaign), timeout);
  });
}
