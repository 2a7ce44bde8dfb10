/**
 * The kernels and plans in a page's worker: another Dawn, and the browser's rules. A case of each kernel shows that it runs there; all its
 * other cases, on the same SwiftShader, run under Node. `chromium.nightly.ts` runs them here too.
 */
import { describeInChromium } from "./chromium_suite.ts";

describeInChromium("case");
