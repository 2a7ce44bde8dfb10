/** What `npm run test:quick` refuses; at night it judges what has changed. */
import { describe, expect, it } from "vitest";
import { quick, root } from "./command.ts";

describe("test:quick", () => {
  it.each([
    [
      "relu",
      /^error: no operation or family is called "relu"; there are embedding, linear, .*, train_step\n$/,
    ],
    [
      "tanh.fwd",
      /^error: no operation or family is called "tanh.fwd"; there are tanh.backward, tanh.forward\n$/,
    ],
  ])("refuses %s, and says what there is", (name, want) => {
    const { status, stdout, stderr } = quick(root, name);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(want);
  });
});
