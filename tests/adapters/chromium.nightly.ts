/** Every kernel in a page's worker with all its shapes and texts. */
import { describeInChromium } from "./chromium_suite.ts";

describeInChromium("all");
