import { Command } from "commander";
import { sha256Hex } from "../data/sha256.ts";
import { describeLoss } from "../gpu/lasting.ts";
import { type Description, SweepFolder } from "../node/sweep_folder.ts";
import { configurationOf, inShard, type Planned, productOf, type Shard } from "../sweep/product.ts";
import { ConfigError } from "../train/config.ts";
import { catchInterrupt } from "./interrupt.ts";
import { openFor } from "./machine.ts";
import { number, withCommonOptions } from "./options.ts";
import { output } from "./output.ts";
import { dryRun } from "./sweep/dry_run.ts";
import { givenLists, listOptions } from "./sweep/lists.ts";
import { lrRange } from "./sweep/lr_range.ts";
import { merge } from "./sweep/merge.ts";
import type { SweepOptions } from "./sweep/options.ts";
import { runSweep } from "./sweep/run.ts";
import { printTable } from "./sweep/table.ts";
import { type ReadList, readList, WordsCache } from "./words.ts";

export function sweepCommand(): Command {
  const command = withCommonOptions(new Command("sweep"))
    .description(
      "Train every combination of settings, many networks at once, and say which is best. Each setting takes a list: --lr 0.03,0.1,0.3",
    )
    .option("--seeds <n>", "seeds of each configuration, from --seed on (default: 1)", number)
    .option("--out <folder>", "where results and checkpoints go; a sweep that is there already goes on")
    .option("--shard <i/n>", "only the networks with id mod n = i − 1, for one of n machines")
    .option("--merge <folders...>", "join the folders of shards into the one of --out, and print the table")
    .option(
      "--lr-range <low:high:count>",
      "search a learning rate: so many rates, 1,000 steps each unless --steps is given",
    )
    .option("--dry-run", "say what would be trained, and what it costs", false)
    .option(
      "--keep-all",
      "keep every network's checkpoint, and not only the best one's of each configuration",
      false,
    )
    .option("--save-every <seconds>", "time between saves of the networks under way", number, 30);
  for (const option of listOptions()) command.addOption(option);
  return command.action(sweep);
}

async function sweep(o: SweepOptions): Promise<void> {
  const out = output(o);
  if (o.merge) return merge(o, out);
  const lists = givenLists({ ...o });
  if (!(o.saveEvery >= 0)) throw new ConfigError(`--save-every is ${o.saveEvery}; it must be 0 or more`);
  if (o.lrRange !== undefined) return lrRange(o, lists, out);
  const all = productOf(lists, o.seeds);
  const shard = o.shard === undefined ? undefined : shardOf(o.shard);
  const planned = shard ? inShard(all, shard) : all;
  const read = await readList(o.words, out);
  if (o.dryRun) return dryRun(all, planned, read, out);
  if (o.out === undefined)
    throw new ConfigError("--out is missing; give the folder for results and checkpoints");
  const folder = SweepFolder.open(o.out, await describe(all, read, o));
  const machine = await openFor(o, out, { onLost: (loss) => out.notice(describeLoss(loss)) });
  const interrupt = catchInterrupt();
  try {
    await runSweep({
      machine,
      planned,
      folder,
      words: new WordsCache(read, out),
      out,
      interrupt,
      options: o,
    });
  } finally {
    interrupt.release();
    machine.close();
  }
  if (folder.results.length > 0) printTable(folder.results, o, out);
}

/** @throws ConfigError */
function shardOf(text: string): Shard {
  const [, i, n] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (!(i >= 1 && n >= i))
    throw new ConfigError(`--shard is ${text}; it must be i/n with a whole i from 1 to n, such as 2/8`);
  return { i, n };
}

async function describe(
  all: readonly Planned[],
  { source }: ReadList,
  { shard = null, words = null }: { shard?: string | null; words?: string | null },
): Promise<Description> {
  const text = [source.sha256, ...all.map(({ config }) => `${configurationOf(config)} ${config.seed}`)].join(
    "\n",
  );
  return { sweep: await sha256Hex(new TextEncoder().encode(text)), networks: all.length, shard, words };
}
