/** docs/exercises.md lists what the language understands, all of it and nothing else. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PAGE, table, withTable } from "../../scripts/understood.ts";

it("docs/exercises.md has the table of now; if not, run npx tsx scripts/understood.ts", () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page).toBe(withTable(page, table()));
});

it("the table has what the exercises are mostly written with", () => {
  for (const name of [
    "torch.zeros_like",
    "F.one_hot",
    "F.softmax",
    ".sum",
    ".max",
    ".T",
    ".view",
    ".index_add_",
    "torch.einsum",
  ])
    expect(table()).toContain(`\`${name}\``);
});
