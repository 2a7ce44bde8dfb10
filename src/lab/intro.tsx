/** What the page is, for a first visit: two sentences and the ways in. Once it has been closed it stays closed, and the header opens it again. */
import { signal, useSignalEffect } from "@preact/signals";
import { LECTURE, NOTEBOOK_URL } from "./lecture.ts";
import { tab } from "./state.ts";
import { FIRST_TAB, TABS, type Tab } from "./url.ts";
import { WAYS } from "./ways.ts";

/** What the browser remembers of it. */
const KEY = "backprop-ninja: introduction";

/** The tab over which it is open. An address that names a tab says by itself what to do. */
const over = signal<Tab | undefined>(
  remembered() === "closed" || /\btab=/.test(location.hash) ? undefined : FIRST_TAB,
);

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // The browser stores nothing for this page.
    return null;
  }
}

function close(): void {
  over.value = undefined;
  try {
    localStorage.setItem(KEY, "closed");
  } catch {
    // It will be shown again.
  }
}

/** In the header: opens and closes the introduction. */
export function IntroButton() {
  return (
    <button
      type="button"
      id="about"
      class="about"
      aria-expanded={over.value !== undefined}
      onClick={() => {
        if (over.value) close();
        else over.value = tab.value;
      }}
    >
      About
    </button>
  );
}

/** The focus would be lost with the button that has it. */
const focus = (id: string) => document.getElementById(id)?.focus();

export function Intro() {
  // Whoever has gone to another tab has found a way in.
  useSignalEffect(() => {
    if (over.value && over.value !== tab.value) close();
  });
  if (!over.value) return null;
  const go = (to: Tab) => {
    close();
    tab.value = to;
    focus(`tab-${to}`);
  };
  return (
    <section class="intro" aria-label="What this is">
      <p>
        This is the network of Andrej Karpathy’s lecture{" "}
        <a href={LECTURE} rel="noreferrer" target="_blank">
          Becoming a Backprop Ninja
        </a>{" "}
        (makemore part 4, with its{" "}
        <a href={NOTEBOOK_URL} rel="noreferrer" target="_blank">
          notebook
        </a>
        ): it makes up names, and each line of its backward pass is written by hand, here as a program for
        your GPU. Derive its gradients, train it in your browser, and look at every number of a step.
      </p>
      <ul>
        {TABS.filter((name) => WAYS[name].invites).map((name) => (
          <li key={name}>
            <button type="button" onClick={() => go(name)}>
              <strong>{WAYS[name].title}</strong> <span>{WAYS[name].invites}</span>
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="close"
        aria-label="Close the introduction"
        onClick={() => {
          close();
          focus("about");
        }}
      >
        <span aria-hidden="true">×</span>
      </button>
    </section>
  );
}
