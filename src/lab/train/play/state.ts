/** What the reader has typed to play with, and what the network answers. No DOM. */
import { batch, computed, signal } from "@preact/signals";
import { freshSeed, SAMPLING_NUMBERS, type SamplingNumber } from "../../../train/sampling_options.ts";
import { engine } from "../../client.ts";
import { inLabels } from "../../settings.ts";
import { phase, run } from "../../state.ts";
import type { Drawn, DrawRequest } from "./draw.ts";
import type { Live } from "./live.ts";

export const NUMBERS = Object.keys(SAMPLING_NUMBERS) as SamplingNumber[];
export const CHOICES = { newOnly: "New only: not in the word list", unique: "Unique: none twice" } as const;

export const prefix = signal("");
/** What the fields say; numbers are as absent as their fields are empty. */
export const texts = signal<Readonly<Partial<Record<SamplingNumber, string>>>>({});
export const chosen = signal<Readonly<Partial<Record<keyof typeof CHOICES, boolean>>>>({});

/** The numbers that are given and allowed. */
export const numbers = computed(() => {
  const given = NUMBERS.map((key) => [key, Number(texts.value[key])] as const).filter(
    ([key, value]) => texts.value[key]?.trim() && allowed(key, value),
  );
  return Object.fromEntries(given) as Readonly<Partial<Record<SamplingNumber, number>>>;
});

function allowed(key: SamplingNumber, value: number): boolean {
  const { range, type } = SAMPLING_NUMBERS[key];
  return value >= range[0] && value <= range[1] && (type === "real" || Number.isInteger(value));
}

/** The answer to what is typed, by the weights as they were a moment ago. */
export const live = signal<(Live & { readonly run: number }) | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);

/** Names that come while one types, always from the same random numbers, so that it is the network that changes them. */
const LIVE_NAMES = 12;
const seed = freshSeed();

let asked = false;
let asking = false;
/** When the weights may be asked again while they train: a tenth of the time goes there at most. */
let due = 0;
const EVERY = 1000;

/** Asks for what is typed now; while an answer is under way, once more after it. */
export async function ask(): Promise<void> {
  asked = true;
  if (asking) return;
  asking = true;
  while (asked) {
    asked = false;
    const begun = performance.now();
    await answer();
    const took = performance.now() - begun;
    due = performance.now() + Math.max(EVERY, 10 * took);
  }
  asking = false;
}

/** Asks again because the network has trained on, unless that was a moment ago. */
export function refresh(): void {
  if (!asking && performance.now() >= due) void ask();
}

async function answer(): Promise<void> {
  const id = run.value?.id;
  if (id === undefined) return;
  const { temperature, topK, maxLength } = numbers.value;
  try {
    const request = { prefix: prefix.value, temperature, topK, maxLength, seed, count: LIVE_NAMES };
    const answered = await engine.play(request);
    if (run.value?.id !== id) return;
    batch(() => {
      live.value = { ...answered, run: id };
      problem.value = undefined;
    });
  } catch (error) {
    // What a pause has interrupted is asked again after it.
    const { name, message } = error as Error;
    if (name === "InterruptedError") asked ||= phase.value === "running" || phase.value === "idle";
    else if (run.value?.id === id) problem.value = inLabels(message);
  }
}

/** What was drawn on request, the last on top, and the run that it is of. */
export const drawn = signal<{ readonly run: number; readonly draws: readonly Drawn[] } | undefined>(
  undefined,
);
export const drawing = signal(false);
const refused = signal<{ readonly request: string; readonly problem: string } | undefined>(undefined);
const request = computed(() => JSON.stringify([run.value?.id, prefix.value, texts.value, chosen.value]));
/** Why the last draw was refused, as long as it would be again. */
export const drawProblem = computed(() =>
  refused.value?.request === request.value ? refused.value.problem : undefined,
);

/** Draws of the run that is shown. */
export const draws = computed(() => (drawn.value?.run === run.value?.id ? (drawn.value?.draws ?? []) : []));

/** As `sample` would draw them. A seed that is given is used once; after that it would bring the same names again. */
export async function draw(): Promise<void> {
  const id = run.value?.id;
  if (id === undefined || drawing.value) return;
  drawing.value = true;
  refused.value = undefined;
  const asked = request.value;
  const { seed, ...others } = readNumbers();
  const used = draws.value.some((d) => d.seed === seed);
  const given: DrawRequest = {
    ...chosen.value,
    ...others,
    ...(seed !== undefined && !used && { seed }),
    prefix: prefix.value,
  };
  try {
    const more = await engine.draw(given);
    drawn.value = { run: id, draws: [more, ...draws.value] };
  } catch (error) {
    refused.value = { request: asked, problem: inLabels((error as Error).message) };
  }
  drawing.value = false;
}

/** With what is not allowed, so that it is refused. */
const readNumbers = (): Partial<Record<SamplingNumber, number>> =>
  Object.fromEntries(
    NUMBERS.filter((key) => texts.value[key]?.trim()).map((key) => [key, Number(texts.value[key])]),
  );

export const clearDraws = (): void => {
  drawn.value = undefined;
};
