/**
 * The kernels and plans in a page's worker: another Dawn, and the browser's rules. Every kernel with all its shapes and texts; `npm test`
 * trains in a page, and has the page test each operation.
 */
import { describeInChromium } from "./chromium_suite.ts";

describeInChromium("all");
