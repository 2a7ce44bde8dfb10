/** The actions of the networks that train side by side. */
import { proxy } from "comlink";
import { attempt, load, look, openBackend, save, settled, wanted } from "../actions.ts";
import { engine } from "../client.ts";
import { currentText, forgetRefused } from "../data/actions.ts";
import { inLabels } from "../settings.ts";
import * as state from "../state.ts";
import { configsOf } from "./configs.ts";
import {
  asking,
  begin,
  begun,
  chosen,
  diverged,
  kind,
  looks,
  other,
  over,
  receive,
  rows,
  sorted,
  trained,
} from "./state.ts";

/** Trains, unless that would drop networks that have begun: then the reader is asked. */
export async function startOrAsk(): Promise<void> {
  if (other.value && trained.value > 0) asking.value = true;
  else if (!over.value || other.value) await start();
}

/** Trains the networks that the form asks for, or goes on with them. */
export async function start(): Promise<void> {
  asking.value = false;
  await attempt("preparing", async () => {
    const setup = wanted();
    if (state.networksProblem.value) throw new Error(state.networksProblem.value);
    forgetRefused();
    await openBackend(setup, state.machine.value?.mayHaveOne);
    await settled();
    if (!state.population.value || other.value) {
      const configs = configsOf(state.networks.value, setup.config);
      const info = await engine.populate(configs, proxy(receive));
      const text = currentText();
      begin(info, {
        kind: state.networks.value.kind,
        backend: setup.backend,
        words: state.words.value,
        text: text && { sha256: info.source.sha256, ...text },
      });
    }
    state.populating.value = true;
    try {
      state.phase.value = "running";
      const { done } = await engine.trainPopulation();
      if (done) await lookAtTheEnd();
    } finally {
      state.populating.value = false;
    }
  });
}

/** Networks that differ in their seeds are all looked at, for the spread of their dev losses; of a search only the best. */
async function lookAtTheEnd(): Promise<void> {
  state.phase.value = "evaluating";
  if (kind.value === "seeds") await engine.lookAtMembers();
  const [best] = sorted(rows.value);
  if (best) chosen.value = best.member;
  if (looks.value.get(chosen.value)?.step !== best?.step) await engine.chooseMember(chosen.value);
}

/** Shows this network from now on. */
export async function choose(member: number): Promise<void> {
  chosen.value = member;
  await said(() => engine.chooseMember(member));
}

/** A network as a file, for the browser to save. */
export const saveMember = (member: number): Promise<void> =>
  said(async () => {
    const { label, step } = rows.value[member];
    save(await engine.memberCheckpoint(member), `backprop-ninja-${label.replace(" ", "-")}-${step}`);
  });

/** Goes on with one network alone: an ordinary run from here on, as if from its checkpoint. */
export const goOnAlone = (member: number): Promise<void> =>
  attempt("preparing", async () => {
    const [there, how] = [state.population.value, begun.value];
    if (!there || !how) return;
    const { backend, words, text } = how;
    await settled();
    const bytes = await engine.memberCheckpoint(member);
    await load(bytes, `of ${rows.value[member].label}`, {
      about: { backend, config: there.configs[member], words },
      words: text,
      copy: true,
      // It is kept nowhere yet.
      begun: 0,
    });
    if (diverged.value.has(member))
      state.note.value = "This network stands before the step at which it diverged: lower the learning rate.";
    look();
  });

/** Puts a rate that a search has found into the form, for one network. */
export function useRate(lr: number): void {
  state.draft.value = { ...state.draft.value, lr: String(lr) };
  state.networks.value = { ...state.networks.value, kind: "one" };
}

async function said(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    state.problem.value = inLabels((error as Error).message);
  }
}

// They are not kept in the browser: whoever leaves is asked.
addEventListener("beforeunload", (event) => {
  if (trained.value > 0) event.preventDefault();
});
