/** A row's verdict on its tensor, in words and as a symbol. */
import type { CheckRow } from "../../train/check.ts";

export type Status = "exact" | "approximate" | "off";

export const statusOf = (row: CheckRow): Status =>
  row.exact ? "exact" : row.approximate ? "approximate" : "off";

export const STATUS: Readonly<Record<Status, { readonly symbol: string; readonly words: string }>> = {
  exact: { symbol: "=", words: "exact" },
  approximate: { symbol: "≈", words: "approximate" },
  off: { symbol: "✗", words: "not approximate" },
};
