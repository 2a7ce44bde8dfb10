import { afterEach, expect, it, vi } from "vitest";
import { inTime, LateError } from "../../src/plan/late.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("gives what comes in time, with its errors, and leaves no timer", async () => {
  vi.useFakeTimers();
  expect(await inTime(Promise.resolve(3), 15_000, "it did not come")).toBe(3);
  await expect(inTime(Promise.reject(new RangeError("no")), 15_000, "it did not come")).rejects.toThrow("no");
  expect(await inTime(Promise.resolve(4), undefined, "it did not come")).toBe(4);
  expect(vi.getTimerCount()).toBe(0);
});

it("ends the wait for what does not, with a line", async () => {
  vi.useFakeTimers();
  const late = inTime(new Promise(() => {}), 15_000, "it did not come");
  const refused = expect(late).rejects.toThrow(new LateError("it did not come within 15 s"));
  await vi.advanceTimersByTimeAsync(15_000);
  await refused;
});
