/** Adapters: which one to ask for, where they come from, and what became of those that were looked at. */

export const CHOICES = ["auto", "hardware", "lavapipe", "swiftshader"] as const;

/** Which adapter to open. Only `auto` and `hardware` are for a browser, where the page does not choose the driver. */
export type AdapterChoice = (typeof CHOICES)[number];

export type AdapterKind = "hardware" | "software";

/** An adapter that exists, or a place that was looked in and gave none. */
export interface Considered {
  name: string;
  /** Absent for a place. */
  kind?: AdapterKind;
  /** What became of it, as a phrase: "chosen", or why not. */
  verdict: string;
}

/** A place where adapters come from. */
export interface AdapterSource {
  readonly name: string;
  /** Its best adapter. @throws Error with a line saying why there is none */
  request(): Promise<GPUAdapter>;
  /** The names of all its adapters. @throws Error with a line saying why there are none */
  list(): Promise<string[]>;
}
