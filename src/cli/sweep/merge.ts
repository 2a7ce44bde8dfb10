/** Joins the folders of a sweep's shards. */
import { join } from "node:path";
import { FileError } from "../../node/files.ts";
import { SweepFolder } from "../../node/sweep_folder.ts";
import { bestOf, byConfiguration, type Result } from "../../sweep/results.ts";
import { ConfigError } from "../../train/config.ts";
import { integer, type Output } from "../output.ts";
import type { SweepOptions } from "./options.ts";
import { printTable } from "./table.ts";

/** Most missing networks that are named one by one. */
const NAMED = 20;

/** @throws FileError for folders of different sweeps, and for a network that two of them have */
export function merge({ merge: paths = [], out: path, words, keepAll }: SweepOptions, out: Output): void {
  if (path === undefined)
    throw new ConfigError("--out is missing; give the folder that the shards are joined in");
  const shards = paths.map((from) => ({ from, ...SweepFolder.read(from) }));
  const [{ description, from: first }] = shards;
  const found = new Map<number, { result: Result; from: string }>();
  for (const { from, description: other, results } of shards) {
    if (other.sweep !== description.sweep)
      throw new FileError(
        `${from} has another sweep than ${first}: its settings or words differ; leave it out`,
      );
    for (const result of results) {
      const twice = found.get(result.id);
      if (twice)
        throw new FileError(`network ${result.id} is in ${twice.from} and in ${from}; give each shard once`);
      found.set(result.id, { result, from });
    }
  }
  if (found.size === 0) throw new FileError(`${paths.join(", ")}: no network is done yet; merge them later`);
  const ids = [...found.keys()].sort((a, b) => a - b);
  const results = ids.map((id) => (found.get(id) as { result: Result }).result);
  const best = new Set(byConfiguration(results).map((group) => bestOf(group)?.id));
  // A shard has kept the best of its own networks; only the best of all keeps its file.
  const merged = results.map((r) => (keepAll || best.has(r.id) ? r : { ...r, checkpoint: null }));
  const folder = SweepFolder.open(path, { ...description, shard: null });
  folder.merge(merged, ({ id, checkpoint }) =>
    checkpoint === null ? undefined : join((found.get(id) as { from: string }).from, checkpoint),
  );
  printTable(folder.results, { words: words ?? description.words ?? undefined }, out);
  const missing = Array.from({ length: description.networks }, (_, id) => id).filter((id) => !found.has(id));
  if (missing.length === 0) return;
  const more = missing.length > NAMED ? ` and ${integer(missing.length - NAMED)} more` : "";
  out.notice(
    `missing: networks ${missing.slice(0, NAMED).join(", ")}${more}; run their shards again, and merge once more`,
  );
  process.exitCode = 1;
}
