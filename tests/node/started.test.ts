import { expect, test } from "vitest";
import { started } from "../../src/node/started.ts";

const source = "file:///home/me/backprop-ninja/src/node/started.ts";
const built = "file:///p/node_modules/backprop-ninja/dist/src/node/started.js";

test.each([
  ["npm run train -- --resume x", { module: source, program: "/c/src/cli/main.ts", npm: "run-script" }],
  [
    "npx backprop-ninja train --resume x",
    { module: built, program: "/p/node_modules/.bin/backprop-ninja", npm: "exec" },
  ],
  [
    "npx backprop-ninja train --resume x",
    { module: built, program: "/p/node_modules/.bin/backprop-ninja", npm: undefined },
  ],
  ["npx backprop-ninja train --resume x", { module: built, program: "/p/index.mjs", npm: undefined }],
  [
    "backprop-ninja train --resume x",
    { module: built, program: "/usr/local/bin/backprop-ninja", npm: undefined },
  ],
])("%s", (said, start) => {
  expect(started("train", "--resume x", start)).toBe(said);
  expect(started("train", "", start)).toBe(said.replace(/( --)? --resume x/, ""));
});
