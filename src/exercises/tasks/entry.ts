/** Short ways to write a task's entries. */
import { NOTEBOOK } from "../../model/notebook.ts";
import type { CaseSizes, Mistake } from "../types.ts";

type Says = string | ((sizes: CaseSizes) => string);

const entry =
  (verdict: Mistake["verdict"]) =>
  (id: string, line: string, says: Says): Mistake => ({
    id,
    line,
    says: typeof says === "string" ? () => says : says,
    verdict,
  });

/** A line whose values are wrong, whether or not this network shows it. */
export const wrong = entry("wrong");

/** A line that is true in this network, but is not the step that is asked for. */
export const rightHere = entry("right-here");

/** The notebook's lines that make these tensors. */
export const lines = (...names: readonly string[]): string[] => names.map((name) => NOTEBOOK[name].torch);
