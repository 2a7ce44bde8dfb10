/** How many networks the page trains, and in what they differ. */
import { ratesOf } from "../../sweep/lr_range.ts";
import { ConfigError, requireAllowed } from "../../train/config.ts";
import { SETTINGS } from "../../train/settings.ts";

export interface Networks {
  /** `seeds`: equal but for their seeds. `range`: the search for a learning rate, each network with a rate of its own. */
  readonly kind: "one" | "seeds" | "range";
  /** As it is typed: how many seeds, from the form's on. */
  readonly seeds: string;
  /** As it is typed: `LOW:HIGH:COUNT`. */
  readonly range: string;
}

export const ONE: Networks = { kind: "one", seeds: "8", range: "0.001:1:64" };

/** More than this say no more, and a table of them is hard to read. */
const MOST = 256;

/** What is wrong with the choice as it is typed, in the page's words. */
export function problemWith({ kind, seeds, range }: Networks): string | undefined {
  if (kind === "seeds" && !(/^\d+$/.test(seeds) && Number(seeds) >= 2 && Number(seeds) <= MOST))
    return `Seeds is ${seeds || "empty"}; it must be a whole number from 2 to ${MOST}`;
  if (kind !== "range") return undefined;
  try {
    const count = Number(range.split(":")[2]);
    if (count > MOST) return `Learning rates is ${count}; the page tries ${MOST} at most`;
    for (const lr of ratesOf(range)) requireAllowed("lr", SETTINGS.lr, lr);
  } catch (error) {
    return (error as Error).message.replace(/^--lr(-range)?/, "Learning rates");
  }
}

/** What an address says of it: nothing of a single network. */
export function toAddress({ kind, seeds, range }: Networks): Record<string, string> {
  if (kind === "seeds") return { population: seeds };
  return kind === "range" ? { "lr-range": range } : {};
}

/** @throws ConfigError */
export function fromAddress(said: { population?: string; "lr-range"?: string }): Networks {
  const { population, "lr-range": range } = said;
  if (population && range)
    throw new ConfigError(
      `the address sets population to ${population} and lr-range to ${range}; set one of the two`,
    );
  const networks: Networks = population
    ? { ...ONE, kind: "seeds", seeds: population }
    : range
      ? { ...ONE, kind: "range", range }
      : ONE;
  const problem = problemWith(networks);
  if (problem) throw new ConfigError(problem);
  return networks;
}
