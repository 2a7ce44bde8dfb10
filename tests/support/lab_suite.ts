/** The set-up that the tests of the page on the CPU share; in its own file, because only tests may load vitest. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { chromiumRunsHere, launchChromium } from "./chromium.ts";
import { type Lab, serveLab } from "./lab.ts";

/**
 * A `describe` whose tests share a served page and a browser, filled in before the first test. The browser has no adapter, so the
 * CPU computes, which needs no time to open.
 */
export function describeOnCpu(title: string, body: (shared: { lab: Lab; browser: Browser }) => void): void {
  describe.skipIf(!chromiumRunsHere)(title, () => {
    const shared = {} as { lab: Lab; browser: Browser };
    beforeAll(async () => {
      shared.lab = await serveLab(inject("page"));
      shared.browser = await launchChromium([]);
    });
    afterAll(async () => {
      await shared.browser?.close();
      await shared.lab?.close();
    });
    body(shared);
  });
}
