/** What the page knows of the runs that the browser keeps. */
import { signal } from "@preact/signals";
import type { About } from "../storage.ts";

/** The one that began last comes first. */
export const kept = signal<readonly About[]>([]);
/** The one that this page trains, once it is kept. */
export const current = signal<string | undefined>(undefined);
/** Those that other tabs have open. */
export const elsewhere = signal<ReadonlySet<string>>(new Set());
/** Why the current run cannot be kept, and what to do. */
export const unkept = signal<string | undefined>(undefined);
