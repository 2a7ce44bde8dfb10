/** Adapters: which one to ask for, where they come from, and why each was chosen or not. */

export const CHOICES = ["auto", "hardware", "lavapipe", "swiftshader"] as const;

/** Which adapter to open. A browser takes only `auto` and `hardware`, because a page cannot choose the driver. */
export type AdapterChoice = (typeof CHOICES)[number];

export type AdapterKind = "hardware" | "software";

/** An adapter that was found, or a source that had none. */
export interface Considered {
  name: string;
  /** Absent for a source. */
  kind?: AdapterKind;
  /** "chosen", or the reason why not, as a phrase. */
  verdict: string;
  /** It did not answer, so it may be there all the same. */
  late?: true;
}

/** Where adapters come from: the system's drivers, SwiftShader, a browser. */
export interface AdapterSource {
  readonly name: string;
  /** Milliseconds to wait for an adapter or a device; as long as it takes if absent. */
  readonly patience?: number;
  /** Its best adapter. @throws Error with a line saying why there is none */
  request(): Promise<GPUAdapter>;
  /** The names of all its adapters. @throws Error with a line saying why there are none */
  list(): Promise<string[]>;
}
