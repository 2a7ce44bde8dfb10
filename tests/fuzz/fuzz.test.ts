/** Some cases of every fuzz target; `npm run nightly` has more. */
import { fuzz } from "./all.ts";
import { QUICK } from "./target.ts";

fuzz(QUICK);
