import type { Entry } from "../registry.ts";
import { CREATION } from "./creation.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { INDEXING } from "./indexing.ts";
import { JOINS } from "./joins.ts";
import { LINEAR } from "./linear.ts";
import { REDUCTIONS } from "./reductions.ts";
import { TYPES } from "./types.ts";
import { VIEWS } from "./views.ts";

/** Everything of torch that is understood; calls, refusals and the table in the docs all follow from it. */
export const ENTRIES: readonly Entry[] = [
  ...CREATION,
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...LINEAR,
  ...VIEWS,
  ...JOINS,
  ...INDEXING,
  ...TYPES,
];
