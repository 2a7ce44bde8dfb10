import { stepPlan } from "../../model/plans.ts";
import { configurationOf, type Planned, populationsOf, varied } from "../../sweep/product.ts";
import { sizesOf, type TrainConfig } from "../../train/config.ts";
import { optionName } from "../../train/settings.ts";
import { integer, type Output } from "../output.ts";
import { type ReadList, WordsCache } from "../words.ts";

/** Most networks that a dry run lists. */
const LISTED = 20;

/** What a sweep would train, and the arithmetic of it. */
export async function dryRun(
  all: readonly Planned[],
  planned: readonly Planned[],
  read: ReadList,
  out: Output,
): Promise<void> {
  const words = new WordsCache(read, out);
  let [networkSteps, flops] = [0, 0];
  for (const { config } of planned) {
    const { dataset } = await words.for(config);
    const plan = stepPlan(sizesOf(config, dataset.vocabulary.size), "fused");
    networkSteps += config.steps;
    flops += config.steps * plan.calls.reduce((sum, { op, dims }) => sum + op.flops(dims), 0);
  }
  const configurations = new Set(planned.map(({ config }) => configurationOf(config))).size;
  out.event({
    event: "plan",
    networks: planned.length,
    of: all.length,
    configurations,
    populations: populationsOf(planned).length,
    networkSteps,
    flops,
  });
  const keys = varied(all.map(({ config }) => config));
  const settings = (c: TrainConfig) =>
    [...keys, "seed" as const].map((key) => `--${optionName(key)} ${c[key]}`);
  for (const { id, config } of planned.slice(0, LISTED))
    out.result(`${String(id).padStart(5)}  ${settings(config).join(" ")}`);
  if (planned.length > LISTED) out.result(`    … and ${integer(planned.length - LISTED)} more`);
  const part = planned.length < all.length ? ` of ${integer(all.length)}` : "";
  out.result(
    `${integer(planned.length)}${part} networks, ${integer(configurations)} configurations, ${integer(networkSteps)} network-steps, ${flops.toPrecision(2)} floating-point operations`,
  );
}
