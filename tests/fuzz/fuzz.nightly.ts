/** As many cases of every fuzz target as find what hides. */
import { fuzz } from "./all.ts";
import { NIGHTLY } from "./target.ts";

fuzz(NIGHTLY, 600_000);
