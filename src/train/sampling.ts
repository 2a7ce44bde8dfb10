/** New names from a model, drawn on the device: one character of every name per step. */
import { Vocabulary } from "../data/vocabulary.ts";
import { samplingPlan } from "../model/plans.ts";
import { count } from "../plan/count.ts";
import type { Executable } from "../plan/executable.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import { size } from "../plan/plan.ts";
import { TorchGenerator } from "../random/torch.ts";
import { requireOptions } from "./belong.ts";
import { type OnFraction, uploadModel } from "./evaluate.ts";
import { type Model, vocabularyOf } from "./model.ts";
import { logProbabilities } from "./probability.ts";
import { type Sampling, type SamplingOptions, samplingOf } from "./sampling_options.ts";

/** Names drawn side by side, and characters per submit. */
const SIDE_BY_SIDE = 256;
const CHARACTERS = 16;
/** Draws in a row without a wanted name after which none is expected: what is left is then less than 1 in 3,000 draws, or so. */
const PATIENCE = 40 * SIDE_BY_SIDE;

export interface SamplingEvents {
  /** Told in one line if the names run out. */
  readonly onNote?: (line: string) => void;
  /** Told on the way how many names there are of how many, and after how many draws. */
  readonly onNames?: (found: number, count: number, drawn: number) => void;
}

const OPTIONS = [
  "count",
  "seed",
  "temperature",
  "topK",
  "prefix",
  "maxLength",
  "notIn",
  "unique",
  "onNote",
  "onNames",
] as const satisfies readonly (keyof SamplingOptions | keyof SamplingEvents)[];

/**
 * Draws names, without the boundary. On one adapter a seed gives the same names; more begin with the same ones. If only new or unique
 * names are asked for and no more are to be found, there are fewer, and a note.
 * @param given the options; before them the characters, for a model that does not know its own
 * @throws ConfigError for an option that is not allowed; TypeError or MismatchError for what is no model, or has other characters
 */
export async function sampleNames(
  machine: Machine,
  model: Model,
  ...given: [o?: SamplingOptions & SamplingEvents] | [Vocabulary, o?: SamplingOptions & SamplingEvents]
): Promise<string[]> {
  const [characters, asked] = given[0] instanceof Vocabulary ? [given[0], given[1]] : [undefined, given[0]];
  const vocabulary = vocabularyOf(model, characters);
  requireOptions("sampleNames", asked ?? {}, OPTIONS);
  const { onNote, onNames, ...options } = asked ?? {};
  const o = samplingOf(options, vocabulary);
  const { count, temperature, topK, notIn, unique } = o;
  const picky = unique || notIn !== undefined;
  // Where all are wanted, no more are drawn than that: as a seed's uniforms are for a full batch, the names are the same.
  const batch = picky ? SIDE_BY_SIDE : Math.min(SIDE_BY_SIDE, count);
  const drawing = { tempered: temperature !== 1, limited: topK < vocabulary.size };
  return withPlan(machine, samplingPlan({ ...model.sizes, batch }, drawing), async (executable) => {
    const generator = new TorchGenerator(o.seed);
    uploadModel(executable, model);
    if (drawing.tempered)
      executable.upload("inverse_temperature", new Float32Array(batch).fill(1 / temperature));
    if (drawing.limited) executable.upload("top_k", [topK]);
    const names: string[] = [];
    const seen = new Set<string>();
    let [drawn, barren] = [0, 0];
    while (names.length < count && barren < PATIENCE) {
      const before = names.length;
      for (const tokens of await drawTokens(executable, batch, generator, o)) {
        const name = vocabulary.decode(tokens);
        if (notIn?.has(name) || (unique && seen.has(name))) continue;
        if (unique) seen.add(name);
        names.push(name);
      }
      drawn += batch;
      barren = names.length > before ? 0 : barren + batch;
      onNames?.(Math.min(names.length, count), count, drawn);
    }
    if (names.length < count) onNote?.(ranOut(names.length, o));
    return names.slice(0, count);
  });
}

/** Tokens of `batch` new names, the prefix's first: each up to its boundary at least, or as many as are allowed. */
async function drawTokens(
  executable: Executable,
  batch: number,
  generator: TorchGenerator,
  { prefix, maxLength }: Sampling,
): Promise<number[][]> {
  const T = size(executable.plan.tensors.get("contexts")!) / batch;
  const begin = [...new Array<number>(T).fill(0), ...prefix].slice(-T);
  executable.upload("contexts", Array.from({ length: batch }, () => begin).flat());
  const names = Array.from({ length: batch }, () => [...prefix]);
  let open = batch;
  for (let length = prefix.length; length < maxLength && open > 0; length += CHARACTERS) {
    const steps = Math.min(CHARACTERS, maxLength - length);
    // Always uniforms for a full batch, so that more names begin with the same ones.
    const { drawn } = await executable.run(steps, (inputs) =>
      inputs.uniforms.set(generator.rand(SIDE_BY_SIDE).subarray(0, batch)),
    );
    for (let i = 0; i < steps * batch; i++) {
      const name = names[i % batch];
      if (name.at(-1) === 0) continue;
      name.push(drawn[i]);
      if (drawn[i] === 0) open--;
    }
  }
  return names;
}

function ranOut(found: number, { count: asked, notIn, unique }: Sampling): string {
  const wanted = [notIn && "new", unique && "unique"].filter(Boolean).join(" and ");
  const [some, all, draws] = [found, asked, PATIENCE].map(count);
  return `found ${some} of ${all} names that are ${wanted}; another ${draws} draws brought no more`;
}

/** What a network makes of a name. */
export interface NameDetails {
  readonly name: string;
  /** ln of the whole name's probability, its end included, at temperature 1 and among all characters. */
  readonly logProbability: number;
  /** Whether it is one of the words that the network was trained on; null where those are not known. */
  readonly inTraining: boolean | null;
}

/**
 * What `sample --json` says of names, for a model that knows its characters.
 * @param o.training the words of the training split, if they are known
 * @throws DataError for a name with a character that the model does not know
 */
export async function nameDetails(
  machine: Machine,
  model: Model,
  names: readonly string[],
  o: { readonly training?: Pick<ReadonlySet<string>, "has">; readonly onFraction?: OnFraction } = {},
): Promise<NameDetails[]> {
  const logs = await logProbabilities(machine, model, names, o.onFraction);
  return names.map((name, i) => ({
    name,
    logProbability: logs[i],
    inTraining: o.training?.has(name) ?? null,
  }));
}
