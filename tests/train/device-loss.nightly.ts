/** A device that is lost at any moment, on every path, until the last name is drawn: the same bits. */
import { expect, it, vi } from "vitest";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { describeOnGpu } from "../support/device.ts";
import { destroyAfter, openFragile } from "../support/fragile.ts";
import { tinyConfig } from "./data.ts";
import { wholeRun } from "./whole.ts";

/** Milliseconds that no submit takes: so the number of submits does not depend on how busy the machine is. */
const SUBMIT = 1e6;

describeOnGpu("a device that is lost", () => {
  it.each(ALL_PATHS)("at five moments of a run on the %s path", async (path) => {
    const config = tinyConfig({ steps: 150, lr: 0.2, path });
    const first = await openFragile();
    const spy = vi.spyOn(GPUQueue.prototype, "submit");
    const undisturbed = await wholeRun(first.machine, config, SUBMIT);
    const submits = spy.mock.calls.length;
    spy.mockRestore();
    const fragile = await openFragile();
    // The last submits are those of sampling and evaluation, those before them of the calibration.
    destroyAfter(fragile, [2, 3, submits - 5, submits - 2, submits + 3]);
    expect(await wholeRun(fragile.machine, config, SUBMIT)).toEqual(undisturbed);
    expect(fragile.losses.length).toBeGreaterThanOrEqual(4);
  });
});
