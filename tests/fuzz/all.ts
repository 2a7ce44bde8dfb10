/** Every target, and how a campaign runs over them. */
import { describe, it } from "vitest";
import { checkpoints } from "./checkpoints.ts";
import { safetensors } from "./safetensors.ts";
import type { Campaign } from "./target.ts";

const TARGETS = [...safetensors, ...checkpoints];

export function fuzz(campaign: Campaign, timeout?: number): void {
  const { cases, seed } = campaign;
  describe(`${cases.toLocaleString("en-US")} cases from seed ${seed}`, () => {
    it.each(TARGETS)("$name", (t) => t.run(campaign), timeout);
  });
}
