/** Many cases of every fuzz target, from a new seed each night. */
import { fuzz } from "./all.ts";
import { NIGHTLY } from "./target.ts";

fuzz(NIGHTLY, 600_000);
