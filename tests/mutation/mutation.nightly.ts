/** Every mistake picked for the whole step, at all of its sizes: each takes a software device many seconds to compile. */
import { it } from "vitest";
import { gradients, STEPS } from "../../src/model/single/step.ts";
import { describeOnGpu } from "../support/device.ts";
import { picksOf } from "./picked.ts";
import { expectSeen, titled } from "./seen.ts";

describeOnGpu("planted bugs in the whole step", ({ device }) => {
  const picked = [...Object.values(STEPS), gradients].flatMap(picksOf);
  it.each(titled(picked))("$op: $mistake", ({ mutant }) => expectSeen(device, mutant));
});
