/** What tests/library/life.test.ts asks of the CPU reference, of a device. */
import { describeOnGpu } from "../support/device.ts";
import { openFragile } from "../support/fragile.ts";
import { describeLife } from "./life.ts";

describeOnGpu("on a device", () => describeLife(async () => (await openFragile()).machine));
