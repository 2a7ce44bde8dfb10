/** On the CPU reference; on a device it takes seconds: tests/train/life.nightly.ts, and tests/gpu/lasting.test.ts for a small plan. */
import { cpuMachine } from "../../src/cpu/machine.ts";
import { describeLife } from "../train/life.ts";

describeLife(async () => cpuMachine());
