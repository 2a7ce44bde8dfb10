/** The tabs as the page speaks of them: their titles, what each is for, and those that the introduction leads to. */
import type { Tab } from "./url.ts";

interface Way {
  readonly title: string;
  /** Beside the title, so that a first visit shows all there is to do here. */
  readonly about: string;
  /** What one does there, for somebody who has just seen the lecture. Without it, the introduction leaves the tab out. */
  readonly invites?: string;
}

export const WAYS: Readonly<Record<Tab, Way>> = {
  walk: {
    title: "Walk",
    about: "one step, stop by stop",
    invites: "Follow one example through a step.",
  },
  exercises: {
    title: "Derive",
    about: "gradients by hand",
    invites: "Find the gradients; mistakes are named.",
  },
  train: {
    title: "Train",
    about: "and watch it learn",
    invites: "Press Start, and watch it learn names.",
  },
  check: {
    title: "Check",
    about: "look inside a step",
    invites: "Look inside: each tensor, and its kernel.",
  },
  device: { title: "Device", about: "what computes here" },
};
