/** `sweep --lr-range`: the lecture's search for a learning rate, all rates at once. */
import { describeLoss } from "../../gpu/lasting.ts";
import { judgeRange, lastTenth, plotRange, RANGE_STEPS, ratesOf } from "../../sweep/lr_range.ts";
import { type Lists, productOf } from "../../sweep/product.ts";
import { ConfigError } from "../../train/config.ts";
import { Population } from "../../train/population.ts";
import { optionName } from "../../train/settings.ts";
import { catchInterrupt } from "../interrupt.ts";
import { openFor } from "../machine.ts";
import { integer, type Output } from "../output.ts";
import { readList, WordsCache } from "../words.ts";
import type { SweepOptions } from "./options.ts";

export async function lrRange(o: SweepOptions, lists: Lists, out: Output): Promise<void> {
  const several = Object.entries(lists).find(([, values]) => values.length > 1)?.[0];
  const unused = several ?? (lists.lr ? "lr" : lists.decayAt ? "decayAt" : lists.decay ? "decay" : undefined);
  if (unused !== undefined)
    throw new ConfigError(
      `--lr-range tries learning rates alone, without decay; leave out ${several ? `all values but one of --${optionName(unused)}` : `--${optionName(unused)}`}`,
    );
  if (o.seeds !== undefined || o.shard !== undefined || o.out !== undefined)
    throw new ConfigError(
      "--lr-range writes no folder, and trains one network a rate; leave out --seeds, --shard and --out",
    );
  const rates = ratesOf(o.lrRange as string);
  const planned = productOf({ steps: [RANGE_STEPS], ...lists, lr: rates, decayAt: [1] });
  const { dataset } = await new WordsCache(await readList(o.words, out), out).for(planned[0].config);
  const machine = await openFor(o, out, { onLost: (loss) => out.notice(describeLoss(loss)) });
  const interrupt = catchInterrupt();
  const { steps } = planned[0].config;
  const bar = out.bar(rates.length * steps);
  try {
    const population = await out.phase("compiling the kernels", () =>
      Population.create({ machine, configs: planned.map((p) => p.config), data: dataset }),
    );
    if (population.note) out.note(population.note);
    out.event({
      event: "start",
      adapter: machine.name,
      networks: rates.length,
      rounds: population.rounds,
      shard: null,
    });
    const losses = rates.map(() => new Float32Array(steps));
    const start = performance.now();
    let done = 0;
    await population.run(
      (m, first, some) => {
        losses[m].set(some, first);
        done += some.length;
        bar.update(done, `${rates.length} rates`);
      },
      { stopped: () => interrupt.asked },
    );
    const seconds = (performance.now() - start) / 1000;
    if (interrupt.asked) {
      out.notice("stopped; nothing was to be saved");
      process.exitCode = 130;
      return;
    }
    const tried = population.members.map(({ diverged }, m) => ({
      lr: rates[m],
      loss: diverged ? Number.POSITIVE_INFINITY : lastTenth(losses[m]),
    }));
    for (const { lr, loss } of tried)
      out.event({ event: "rate", lr, loss: Number.isFinite(loss) ? loss : null });
    const { best, breaks } = judgeRange(tried, dataset.vocabulary.size);
    for (const line of plotRange(tried, dataset.vocabulary.size)) out.result(line);
    if (best)
      out.result(`lowest: a loss of ${best.loss.toFixed(4)} with --lr ${Number(best.lr.toPrecision(3))}`);
    out.result(
      breaks
        ? `breaks: from --lr ${Number(breaks.lr.toPrecision(3))} on, where the loss is ${Number.isFinite(breaks.loss) ? `${breaks.loss.toFixed(2)}, above the ${Math.log(dataset.vocabulary.size).toFixed(2)} of guessing` : "not finite"}`
        : "no rate above it breaks; try higher ones",
    );
    out.event({
      event: "done",
      networks: rates.length,
      diverged: population.members.filter((m) => m.diverged).length,
      seconds,
      networkStepsPerSecond: done / seconds,
      best: best?.lr ?? null,
      breaks: breaks?.lr ?? null,
    });
    out.note(`${integer(rates.length)} networks of ${integer(steps)} steps in ${seconds.toFixed(1)} s`);
    population.close();
  } finally {
    bar.stop();
    interrupt.release();
    machine.close();
  }
}
