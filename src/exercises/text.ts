/** How the exercises' messages write things. */
import type { Place } from "./dialect/ast.ts";

export const placeText = ({ cell, line }: Pick<Place, "cell" | "line">): string =>
  cell === null ? `line ${line}` : `line ${line} of cell ${cell}`;

/** `dcounts` and `dcounts_sum`, each in backticks. */
export const quoted = (names: Iterable<string>): string =>
  [...names].map((name) => `\`${name}\``).join(" and ");
