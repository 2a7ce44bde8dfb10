/** What axe-core says about a page as it is shown. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "playwright-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical faults, in the light and in the dark; a line for each element. */
export async function faultsOf(page: Page): Promise<string[]> {
  const lines: string[] = [];
  await page.evaluate(SOURCE);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    // The scheme changes nothing but colours, so that the other rules need not be tried twice.
    const only = colorScheme === "dark" ? { runOnly: ["color-contrast", "link-in-text-block"] } : {};
    const { violations } = await page.evaluate(
      (o) =>
        (window as unknown as { axe: typeof axe }).axe.run(document, { ...o, resultTypes: ["violations"] }),
      only,
    );
    for (const { id, impact, nodes } of violations)
      if (impact === "serious" || impact === "critical")
        lines.push(...nodes.map((n) => `${id}, ${colorScheme}: ${n.target.join(" ")}: ${n.failureSummary}`));
  }
  return lines;
}
