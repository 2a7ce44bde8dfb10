/**
 * What to do where there is no WebGPU, as data: by reason, browser and system. The facts come from the browsers' release notes
 * and from the WebGPU group's list of implementations (github.com/gpuweb/gpuweb/wiki/Implementation-Status).
 */
import type { Absence } from "./engine.ts";

export interface Advice {
  readonly title: string;
  /** In the order to try them. Text between backquotes is to be typed. */
  readonly steps: readonly string[];
}

export interface Surroundings {
  readonly absence: Absence;
  readonly userAgent: string;
  /** The page's, such as `http://192.168.1.5:5173`. */
  readonly origin: string;
}

type Browser = "Chrome" | "Edge" | "Firefox" | "Safari" | "iOS";
type System = "Windows" | "macOS" | "Linux" | "Android" | "iOS";

/** The first match wins: Edge also says Chrome, Chrome also says Safari, and every browser on iOS is Safari inside. */
const BROWSERS: readonly (readonly [Browser, RegExp])[] = [
  ["iOS", /iPhone|iPad|iPod/],
  ["Edge", /Edg(A|e)?\//],
  ["Firefox", /Firefox\//],
  ["Chrome", /Chrom(e|ium)\//],
  ["Safari", /Safari\//],
];
const SYSTEMS: readonly (readonly [System, RegExp])[] = [
  ["iOS", /iPhone|iPad|iPod/],
  ["Android", /Android/],
  ["Windows", /Windows/],
  ["macOS", /Macintosh/],
  ["Linux", /Linux|X11/],
];
const find = <T>(rules: readonly (readonly [T, RegExp])[], userAgent: string): T | undefined =>
  rules.find(([, pattern]) => pattern.test(userAgent))?.[0];

const TITLES: Readonly<Record<Absence, (browser: string) => string>> = {
  insecure: () => "This page is not secure, and browsers offer WebGPU only on secure pages",
  unsupported: (browser) => `${browser} has no WebGPU here`,
  "no adapter": (browser) => `${browser} has WebGPU, but offers no adapter`,
  "no answer": (browser) => `${browser} has WebGPU, but did not answer when it was asked for a device`,
};

interface Rule {
  readonly when: Absence;
  readonly browsers?: readonly Browser[];
  readonly systems?: readonly System[];
  readonly steps: readonly string[];
}

const CHROMIUM = ["Chrome", "Edge"] as const;

/** Every rule that matches adds its steps. PORT stands for the page's port. */
const RULES: readonly Rule[] = [
  {
    when: "insecure",
    steps: [
      "On the machine that serves the page, open it as `http://localhost:PORT`.",
      "From another machine, forward the port and open the same address there: `ssh -L PORT:localhost:PORT HOST`.",
      "On a web site, serve it over https.",
    ],
  },
  {
    when: "unsupported",
    browsers: CHROMIUM,
    systems: ["Windows", "macOS"],
    steps: ["Update the browser: Chrome and Edge have WebGPU from version 113."],
  },
  {
    when: "unsupported",
    browsers: CHROMIUM,
    systems: ["Android"],
    steps: ["Update Android to 12 or later and Chrome to 121 or later."],
  },
  {
    when: "no adapter",
    browsers: ["Chrome"],
    steps: [
      "Switch on “Use graphics acceleration when available” at `chrome://settings/system`, and restart the browser.",
      "See what `chrome://gpu` says under WebGPU.",
    ],
  },
  {
    when: "no adapter",
    browsers: ["Edge"],
    steps: [
      "Switch on “Use graphics acceleration when available” at `edge://settings/system`, and restart the browser.",
      "See what `edge://gpu` says under WebGPU.",
    ],
  },
  ...(["unsupported", "no adapter"] as const).map(
    (when): Rule => ({
      when,
      browsers: CHROMIUM,
      systems: ["Linux"],
      steps: [
        "Update the browser and the graphics driver: on Linux, WebGPU is on by default for Intel graphics of generation 12 or later (from Chrome 144) and for NVIDIA with driver 535.183.01 or later (from Chrome 147).",
        "For other graphics, start the browser from a terminal: `google-chrome --enable-unsafe-webgpu --ozone-platform=x11 --use-angle=vulkan --enable-features=Vulkan,VulkanFromANGLE`.",
        "Without any GPU, SwiftShader computes in software, which is slow: `google-chrome --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader`.",
      ],
    }),
  ),
  {
    when: "unsupported",
    browsers: ["Firefox"],
    systems: ["Windows"],
    steps: ["Update Firefox: on Windows it has WebGPU from version 141."],
  },
  {
    when: "unsupported",
    browsers: ["Firefox"],
    systems: ["macOS"],
    steps: [
      "Update Firefox: on Apple silicon it has WebGPU from version 145 (macOS 26) or 147 (earlier macOS).",
      "On an Intel Mac, use Chrome or Edge.",
    ],
  },
  {
    when: "unsupported",
    browsers: ["Firefox"],
    systems: ["Android"],
    steps: [
      "Use Firefox Nightly, or set `dom.webgpu.enabled` to true at `about:config` and restart Firefox.",
      "Or use Chrome.",
    ],
  },
  {
    when: "unsupported",
    browsers: ["Firefox"],
    systems: ["Linux"],
    steps: [
      "Use Firefox Nightly, or set `dom.webgpu.enabled` and `gfx.webgpu.ignore-blocklist` to true at `about:config` and restart Firefox.",
      "Or use Chrome.",
    ],
  },
  {
    when: "no adapter",
    browsers: ["Firefox"],
    systems: ["Linux"],
    steps: [
      "Set `gfx.webgpu.ignore-blocklist` to true at `about:config` and restart Firefox, which otherwise passes over drivers on its blocklist.",
      "Install a Vulkan driver; without any GPU, lavapipe computes in software, which is slow: `apt install mesa-vulkan-drivers` on Debian and Ubuntu.",
    ],
  },
  {
    when: "no adapter",
    browsers: ["Firefox"],
    steps: [
      "Switch on “Use hardware acceleration when available” in the settings under General, Performance, and restart Firefox.",
      "See what `about:support` says under Graphics.",
    ],
  },
  {
    when: "no answer",
    steps: [
      "Close all windows of the browser and start it again: the part of it that talks to the graphics may hang.",
      "Update the graphics driver.",
    ],
  },
  {
    when: "unsupported",
    browsers: ["Safari"],
    steps: [
      "Update to macOS 26 and Safari 26, which have WebGPU.",
      "On earlier macOS, use Chrome or Edge, or switch WebGPU on in Safari under Develop, Feature Flags.",
    ],
  },
  {
    when: "unsupported",
    browsers: ["iOS"],
    steps: [
      "Update to iOS or iPadOS 26, where every browser has WebGPU.",
      "On iOS 18, switch it on in the Settings app under Apps, Safari, Advanced, Feature Flags, WebGPU.",
    ],
  },
];

const FALLBACK = "Use a current Chrome, Edge, Firefox or Safari, and update the graphics driver.";

/** What to try here. There is always at least one step. */
export function adviseOn({ absence, userAgent, origin }: Surroundings): Advice {
  const browser = find(BROWSERS, userAgent);
  const system = find(SYSTEMS, userAgent);
  const has = <T>(list: readonly T[] | undefined, value: T | undefined) =>
    !list || (value !== undefined && list.includes(value));
  const steps = RULES.filter(
    (r) => r.when === absence && has(r.browsers, browser) && has(r.systems, system),
  ).flatMap((r) => r.steps);
  const port = new URL(origin).port || "80";
  const title = TITLES[absence](browser === "iOS" || !browser ? "This browser" : browser);
  return {
    title: absence === "insecure" ? `${title} (it came from ${origin})` : title,
    steps: (steps.length > 0 ? steps : [FALLBACK]).map((step) => step.replaceAll("PORT", port)),
  };
}
