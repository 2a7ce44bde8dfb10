/** What the page knows of the networks that train side by side. */
import { batch, computed, signal } from "@preact/signals";
import { judgeRange, type Tried } from "../../sweep/lr_range.ts";
import type { Backend } from "../../train/open.ts";
import type { WordsChoice } from "../settings.ts";
import * as state from "../state.ts";
import type { KeptWords } from "../storage.ts";
import { configsOf } from "./configs.ts";
import type { MemberLook, PopulationEvent, PopulationInfo } from "./events.ts";
import { PopulationHistory } from "./history.ts";
import type { Networks } from "./networks.ts";

/** In what they differ, and the words that they are trained on. */
export interface Begun {
  readonly kind: Networks["kind"];
  readonly backend: Backend;
  readonly words: WordsChoice;
  /** Of the words, unless they are the bundled ones. */
  readonly text: KeptWords | undefined;
}

export const begun = signal<Begun | undefined>(undefined);
/** In what they differ; before they begin, in what they will. */
export const kind = computed(
  () => (state.population.value && begun.value?.kind) ?? state.networks.value.kind,
);
/** Grows in place; {@link recorded} changes whenever it does. */
const history = signal(new PopulationHistory(1, 1));
/** Network-steps so far. */
export const recorded = signal(0);
/** The same; none once the networks are gone, as with a worker that has failed. */
export const trained = computed(() => (state.population.value ? recorded.value : 0));
export const networkStepsPerSecond = signal(0);
export const diverged = signal<ReadonlyMap<number, { readonly step: number; readonly message: string }>>(
  new Map(),
);
/** The last look at each network that has been looked at. */
export const looks = signal<ReadonlyMap<number, MemberLook>>(new Map());
/** The network that names and embedding are of. */
export const chosen = signal(0);
/** A new start would drop the networks there are, and the reader is asked. */
export const asking = signal(false);

export function begin(info: PopulationInfo, how: Begun): void {
  batch(() => {
    state.population.value = info;
    begun.value = how;
    history.value = new PopulationHistory(info.configs.length, info.configs[0].steps);
    recorded.value = networkStepsPerSecond.value = chosen.value = 0;
    diverged.value = new Map();
    looks.value = new Map();
  });
}

export function receive(event: PopulationEvent): void {
  switch (event.type) {
    case "losses":
      for (const { member, losses } of event.of) {
        history.value.add(member, losses);
        recorded.value += losses.length;
      }
      networkStepsPerSecond.value = event.networkStepsPerSecond;
      return;
    case "diverged":
      diverged.value = new Map(diverged.value).set(event.member, event);
      return;
    case "look":
      looks.value = new Map(looks.value).set(event.member, event);
  }
}

export const curves = computed(() => {
  void recorded.value;
  return history.value.curves();
});

export interface Row {
  readonly member: number;
  /** What it differs in: its seed, or its learning rate. */
  readonly label: string;
  readonly lr: number;
  readonly step: number;
  /** Over the last tenth of its steps so far. */
  readonly loss: number | undefined;
  /** The loss over dev examples when it was last looked at. */
  readonly dev: MemberLook | undefined;
  readonly diverged: { readonly step: number; readonly message: string } | undefined;
}

export const rateText = (lr: number): string => String(Number(lr.toPrecision(3)));

/** In the order of the configurations. */
export const rows = computed((): readonly Row[] => {
  void recorded.value;
  const configs = state.population.value?.configs ?? [];
  return configs.map(({ lr, seed }, member) => ({
    member,
    label: kind.value === "range" ? `rate ${rateText(lr)}` : `seed ${seed}`,
    lr,
    step: history.value.counts[member] ?? 0,
    loss: history.value.loss(member),
    dev: looks.value.get(member),
    diverged: diverged.value.get(member),
  }));
});

/** Those whose losses count. */
export const sound = computed(() => rows.value.filter((row) => row.loss !== undefined && !row.diverged));

const rank = ({ loss, diverged }: Row): number => (diverged ? Number.MAX_VALUE : (loss ?? Infinity));
/** The lowest loss first, and last those that have diverged or not begun. */
export const sorted = (all: readonly Row[]): readonly Row[] => [...all].sort((a, b) => rank(a) - rank(b));

/** Of a search: the rates that have been tried, and what that says. */
export const search = computed(() => {
  const tried: Tried[] = rows.value.flatMap(({ lr, loss, diverged }) =>
    diverged ? [{ lr, loss: Number.POSITIVE_INFINITY }] : loss === undefined ? [] : [{ lr, loss }],
  );
  const characters = state.population.value?.characters.length ?? 0;
  return { tried, characters, ...judgeRange(tried, characters) };
});

/** All steps of all networks; those that a diverged one has left are not to come. */
export const total = computed(() =>
  rows.value.reduce(
    (sum, { step, diverged }) => sum + (diverged ? step : (state.population.value?.configs[0].steps ?? 0)),
    0,
  ),
);
export const over = computed(() => state.population.value !== undefined && trained.value >= total.value);

/** What the form asks for is not what there is: a new start drops that. */
export const other = computed(() => {
  const [there, { setup }, data] = [state.population.value, state.setup.value, state.data.value];
  if (!there || !setup || !data) return false;
  if (state.networksProblem.value || there.source.sha256 !== data.source.sha256) return true;
  try {
    return JSON.stringify(configsOf(state.networks.value, setup.config)) !== JSON.stringify(there.configs);
  } catch {
    return true;
  }
});
