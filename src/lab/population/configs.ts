/** The configurations of a population's networks. */
import { ratesOf } from "../../sweep/lr_range.ts";
import { type Lists, productOf } from "../../sweep/product.ts";
import type { TrainConfig } from "../../train/config.ts";
import type { Networks } from "./networks.ts";

/** @throws ConfigError for a choice or seeds that are not allowed */
export function configsOf({ kind, seeds, range }: Networks, config: TrainConfig): readonly TrainConfig[] {
  const lists = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, [value]])) as Lists;
  const planned =
    kind === "range"
      ? productOf({ ...lists, lr: ratesOf(range), decayAt: [1] })
      : productOf(lists, kind === "seeds" ? Number(seeds) : 1);
  return planned.map(({ config }) => config);
}
