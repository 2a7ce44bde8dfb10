/** What the page tells a browser without WebGPU, over user agents as the browsers send them. */
import { describe, expect, test } from "vitest";
import { adviseOn } from "../../src/lab/device/advice.ts";
import type { Absence } from "../../src/lab/device/engine.ts";

const MOZILLA = "Mozilla/5.0";
const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const AGENTS = {
  chromeWindows: `${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/112.0.0.0 Safari/537.36`,
  chromeLinux: `${MOZILLA} (X11; Linux x86_64) ${WEBKIT} Chrome/147.0.0.0 Safari/537.36`,
  chromeAndroid: `${MOZILLA} (Linux; Android 10; K) ${WEBKIT} Chrome/119.0.0.0 Mobile Safari/537.36`,
  chromeIos: `${MOZILLA} (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/119.0 Mobile/15E148 Safari/604.1`,
  edge: `${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/147.0.0.0 Safari/537.36 Edg/147.0.0.0`,
  firefoxWindows: `${MOZILLA} (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0`,
  firefoxLinux: `${MOZILLA} (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0`,
  firefoxAndroid: `${MOZILLA} (Android 14; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0`,
  firefoxMac: `${MOZILLA} (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0`,
  safari: `${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15`,
  unknown: "Lynx/2.9.0",
};
const advise = (agent: keyof typeof AGENTS, absence: Absence) => {
  const { title, steps } = adviseOn({ absence, userAgent: AGENTS[agent], origin: "http://10.0.0.7:5173" });
  return { title, text: steps.join("\n") };
};

describe("advice without WebGPU", () => {
  test.each([
    ["chromeWindows", "Chrome has no WebGPU here", /from version 113/],
    ["chromeLinux", "Chrome has no WebGPU here", /--enable-unsafe-webgpu/],
    ["chromeAndroid", "Chrome has no WebGPU here", /Android to 12/],
    ["chromeIos", "This browser has no WebGPU here", /iPadOS 26/],
    ["edge", "Edge has no WebGPU here", /from version 113/],
    ["firefoxWindows", "Firefox has no WebGPU here", /from version 141/],
    [
      "firefoxLinux",
      "Firefox has no WebGPU here",
      /`dom\.webgpu\.enabled` and `gfx\.webgpu\.ignore-blocklist`/,
    ],
    ["firefoxAndroid", "Firefox has no WebGPU here", /`dom\.webgpu\.enabled` to true/],
    ["firefoxMac", "Firefox has no WebGPU here", /Apple silicon it has WebGPU from version 145/],
    ["safari", "Safari has no WebGPU here", /Safari 26/],
    ["unknown", "This browser has no WebGPU here", /Use a current Chrome/],
  ] as const)("%s", (agent, title, says) => {
    const advice = advise(agent, "unsupported");
    expect(advice.title).toBe(title);
    expect(advice.text).toMatch(says);
  });

  test("a browser gets its own advice and no other's", () => {
    expect(advise("chromeWindows", "unsupported").text).not.toMatch(/Firefox|Safari|Android|google-chrome/);
    expect(advise("firefoxWindows", "unsupported").text).not.toMatch(/Chrome|Nightly/);
    expect(advise("chromeAndroid", "unsupported").text).not.toMatch(/google-chrome/);
    expect(advise("firefoxAndroid", "unsupported").text).not.toMatch(/blocklist/);
    expect(advise("firefoxWindows", "no adapter").text).not.toMatch(/blocklist|apt/);
  });

  test.each([
    ["chromeWindows", /chrome:\/\/settings\/system/],
    ["chromeLinux", /chrome:\/\/gpu[\s\S]*google-chrome --enable-unsafe-webgpu/],
    ["edge", /edge:\/\/settings\/system/],
    ["firefoxWindows", /about:support/],
    [
      "firefoxLinux",
      /^Set `gfx\.webgpu\.ignore-blocklist` to true[\s\S]*mesa-vulkan-drivers[\s\S]*about:support/,
    ],
    ["safari", /Use a current/],
  ] as const)("no adapter in %s", (agent, says) => {
    const advice = advise(agent, "no adapter");
    expect(advice.title).toMatch(/has WebGPU, but offers no adapter$/);
    expect(advice.text).toMatch(says);
  });

  test.each(["chromeWindows", "firefoxLinux"] as const)("no answer in %s", (agent) => {
    const advice = advise(agent, "no answer");
    expect(advice.title).toMatch(/has WebGPU, but did not answer when it was asked for a device$/);
    expect(advice.text).toMatch(/start it again/);
  });

  test.each(["chromeWindows", "firefoxLinux", "unknown"] as const)(
    "an insecure page in %s says where it came from and how to open it",
    (agent) => {
      const advice = advise(agent, "insecure");
      expect(advice.title).toContain("(it came from http://10.0.0.7:5173)");
      expect(advice.text).toMatch(/http:\/\/localhost:5173`[\s\S]*ssh -L 5173:localhost:5173 [\s\S]*https/);
      expect(advice.text).not.toMatch(/Update/);
    },
  );
});
