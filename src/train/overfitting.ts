/** Says in a line, once each, that a run memorises its words or is worse than guessing. */
import { count } from "../plan/count.ts";
import type { TrainConfig } from "./config.ts";
import type { Look } from "./look.ts";

/** Nats by which a loss must have risen or fallen: by less it goes up and down from step to step, which says nothing. */
const MOVE = 0.05;

export class Overfitting {
  readonly #config: Pick<TrainConfig, "steps" | "keep">;
  /** ln V, the loss of guessing, in nats. */
  readonly #guessing: number;
  /** Of the looks so far, the one with the lowest dev loss. */
  #lowest: Look | undefined;
  #rose = false;
  #worse = false;

  /** @param characters V, how many there are */
  constructor(config: Pick<TrainConfig, "steps" | "keep">, characters: number) {
    this.#config = config;
    this.#guessing = Math.log(characters);
  }

  /** @returns what there is to say after this look, if there is anything new */
  note(look: Look): string | undefined {
    const { step, dev, train = Number.POSITIVE_INFINITY } = look;
    const lowest = this.#lowest;
    if (!lowest || dev < lowest.dev) this.#lowest = look;
    const learns = train < this.#guessing;
    const guessing = `where guessing gives ${this.#guessing.toFixed(3)}`;
    if (!this.#worse && dev > this.#guessing && (learns || step === this.#config.steps)) {
      this.#worse = this.#rose = true;
      return `the dev loss is ${dev.toFixed(3)} at step ${count(step)}, ${guessing}: ${
        learns ? this.#memorises() : "it has learnt nothing; give it more --steps, or another --lr"
      }`;
    }
    const before = lowest?.train ?? this.#guessing;
    if (!this.#rose && learns && lowest && dev >= lowest.dev + MOVE && train <= before - MOVE) {
      this.#rose = true;
      return `the dev loss rose from ${lowest.dev.toFixed(2)} at step ${count(lowest.step)} to ${dev.toFixed(2)} at step ${count(step)}, while the training loss fell to ${train.toFixed(2)}: ${this.#memorises()}`;
    }
    return undefined;
  }

  #memorises(): string {
    const kept =
      this.#config.keep === "best"
        ? `the weights of step ${count(this.#lowest?.step ?? 0)} are kept`
        : "--keep best keeps the weights of the lowest dev loss";
    return `the network learns its words by heart; more words help, or a smaller --hidden, and ${kept}`;
  }
}
