/** The phases of the whole step's one dispatch, timed in a text in which each of them can run several times. */
import { PHASES, type PhaseName } from "../../shaders/single/layout.ts";
import type { GpuExecutable } from "../gpu/executable.ts";
import { TITLES } from "../model/single/phases.ts";
import type { Dims } from "../plan/contract.ts";
import type { Work } from "./bound.ts";
import type { Timed } from "./dispatches.ts";
import type { RepeatedStep } from "./minibatch.ts";
import { calibrate, type Effort, median, type Sample } from "./sampling.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** How often more than once a phase runs to be timed: more would be easier to tell from chance, but values grow where backward runs again. */
const MORE = 3;

/** What a phase makes, and what it has to do in a dispatch of S steps. */
interface Contents {
  readonly makes: readonly string[];
  readonly flops?: (d: Dims) => number;
  /** Between the dispatch and the world: what lies in between stays in scratch or in the workgroup. */
  readonly bytes?: (d: Dims) => number;
}

/** Each product with weights, forward and backward, and their gradients. */
const products = ({ S, N, H, K, V }: Dims): number => 2 * S * N * H * (K + V);

/** @param arenas the parameters, and what the optimiser keeps for them */
const contents = (arenas: number): Readonly<Record<PhaseName, Contents>> => ({
  fetch: { makes: [], bytes: ({ P }) => 4 * P * arenas },
  barriers: { makes: [] },
  emb: { makes: ["emb"], bytes: ({ S, N, T }) => 4 * S * N * T },
  first: { makes: ["hprebn", "dh"], flops: products },
  norm: { makes: ["h", "dhprebn"], flops: ({ S, N, H }) => 40 * S * N * H },
  second: { makes: ["logits", "demb"], flops: products },
  softmax: { makes: ["dlogits"], flops: ({ S, N, V }) => 12 * S * N * V, bytes: ({ S, N }) => 4 * S * N },
  weights: { makes: ["W1", "b1", "W2"], flops: products, bytes: ({ S, Q }) => 4 * S * Q },
  vectors: { makes: ["bngain", "bnbias", "b2"], flops: ({ S, N, V, H }) => S * (N * V + 2 * H) },
  table: { makes: ["C"], flops: ({ S, N, K, V, E }) => S * (N * K + V * E) },
  loss: { makes: ["loss"], flops: ({ S, N }) => S * N, bytes: ({ S }) => 4 * S },
  store: { makes: [], bytes: ({ P }) => 4 * P * arenas },
});

export const ONCE: readonly number[] = PHASES.map(() => 1);
const more = (phase: number): number[] => ONCE.map((n, i) => n + (i === phase ? MORE : 0));

/**
 * A phase's time is what the step takes longer for running it again: no compiler can leave out what runs a number of times that only the host
 * knows. What is left of the step lies between the phases: loading and storing values around barriers, and branches.
 * @param executable of the plan in phases
 */
export async function byPhase(
  executable: GpuExecutable,
  step: Pick<RepeatedStep, "fill">,
  stopwatch: Stopwatch,
  effort: Effort,
): Promise<Timed> {
  const { dims, op } = executable.plan.calls[0];
  const dispatch = executable.section(0, 1);
  const { repeats } = await calibrate((n) => dispatch.run(n), effort);
  const running =
    (counts: readonly number[]): Sample =>
    async () => {
      await executable.run(1, (inputs) => step.fill(inputs, counts));
      return (1000 * (await stopwatch.time(dispatch, repeats))) / repeats / dims.S;
    };
  const once = running(ONCE);
  const arenas = Object.values(op.bindings).filter((b) => b.access === "update").length;
  const all = contents(arenas);
  return {
    parts: PHASES.map((name) => ({ op: TITLES[name], pass: "", makes: all[name].makes })),
    // What the others are compared with, before and after them.
    samples: [once, ...PHASES.map((_, i) => running(more(i))), once],
    us: (times) => {
      const base = times[0].map((us, round) => (us + times[times.length - 1][round]) / 2);
      return PHASES.map((_, i) =>
        Math.max(0, median(times[i + 1].map((us, round) => (us - base[round]) / MORE))),
      );
    },
    work: () =>
      PHASES.map((name): Work => {
        const { flops, bytes } = all[name];
        return { flops: (flops?.(dims) ?? 0) / dims.S, bytes: (bytes?.(dims) ?? 0) / dims.S };
      }),
  };
}
