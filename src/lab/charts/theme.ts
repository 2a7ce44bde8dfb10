/** Colours for canvases, which cannot use the style sheet's variables themselves. */
import { signal } from "@preact/signals";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Changes with the colour scheme. Whatever draws with {@link color} reads it, so as to draw again. */
export const theme = signal(dark.matches);
dark.addEventListener("change", () => {
  theme.value = dark.matches;
});

/** The value of a custom property, such as `--accent`. */
export const color = (property: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(property).trim();
