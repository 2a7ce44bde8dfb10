/** On the CPU reference; on a device it takes seconds: life.nightly.ts, and tests/gpu/lasting.test.ts for a small plan. */
import { cpuMachine } from "../../src/cpu/machine.ts";
import { describeLife } from "./life.ts";

describeLife(async () => cpuMachine());
