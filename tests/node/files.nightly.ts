/** kill -9 at 50 moments. */
import { expect, it } from "vitest";
import { killAndResume } from "../support/kills.ts";

it("checkpoints survive kill -9 at 50 moments, and training goes on from them bit for bit", async () => {
  const seed = Number(process.env.FAULTS_SEED ?? 2);
  const torn = await killAndResume(50, seed);
  console.log(`50 kills, seed ${seed}: ${torn} of them while a file was half written`);
  expect(torn, "none was killed while it wrote: that has shown nothing").toBeGreaterThan(0);
}, 600_000);
