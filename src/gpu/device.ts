/**
 * Opens a WebGPU device, in a browser, under Node or under Deno, and says which adapter it is and why.
 * Only this file, `dawn.ts` and `deno.ts` know whose WebGPU it is.
 */
import { inTime, LateError } from "../plan/late.ts";
import {
  type AdapterChoice,
  type AdapterKind,
  type AdapterSource,
  CHOICES,
  type Considered,
} from "./adapters.ts";

export interface DeviceOptions {
  /** By default what `BACKPROP_NINJA_ADAPTER` says, else `auto`: hardware, then lavapipe, then SwiftShader. */
  adapter?: AdapterChoice;
  /** Called with every GPU error that no error scope caught; by default it goes to `console.error`. */
  onError?: (error: GPUError) => void;
}

export interface OpenedDevice {
  device: GPUDevice;
  adapter: GPUAdapter;
  /** As its driver calls it, such as "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)". */
  name: string;
  kind: AdapterKind;
  /** Why this adapter and no other, in one sentence. */
  why: string;
  /** Everything that was tried, in order, the chosen one last. */
  considered: Considered[];
  /** Settles when the device is lost; with reason "destroyed" after `close()`. */
  lost: Promise<GPUDeviceLostInfo>;
  /** Destroys the device and all it holds. Safe to call twice. */
  close(): void;
}

/** No adapter could be opened: one line with everything that was tried, and what to do. */
export class NoAdapterError extends Error {
  override name = "NoAdapterError";
  readonly considered: readonly Considered[];

  constructor(considered: readonly Considered[], remedy: string) {
    super(`no WebGPU device: ${considered.map((c) => `${c.name}: ${c.verdict}`).join("; ")}. ${remedy}`);
    this.considered = considered;
  }
}

/** Milliseconds that a browser is given to open a device: where its GPU process hangs, it never answers. */
const PATIENCE = 15_000;
const NO_ANSWER = "it has not given a device";

/** These are requested as high as the adapter allows; every other limit stays at WebGPU's default. */
const LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;
const FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "subgroups"];

/**
 * The device to train on. The caller closes it.
 * @throws NoAdapterError if no adapter gives a device
 */
export async function openDevice(options: DeviceOptions = {}): Promise<OpenedDevice> {
  const choice = options.adapter ?? choiceFromEnvironment();
  const onError = options.onError ?? ((error: GPUError) => console.error(`GPU error: ${error.message}`));
  const considered: Considered[] = [];
  for (const source of await sourcesFor(choice)) {
    const row: Considered = { name: source.name, verdict: "chosen" };
    const opening = openFrom(source, choice, row);
    try {
      const { adapter, name, kind, device } = await inTime(opening, source.patience, NO_ANSWER);
      device.addEventListener("uncapturederror", (event) => {
        // Dawn would print the error on stdout, which belongs to --json.
        event.preventDefault();
        onError(event.error);
      });
      const why = reason(choice, kind, considered);
      considered.push(row);
      return {
        device,
        adapter,
        name,
        kind,
        why,
        considered,
        lost: device.lost,
        close: () => device.destroy(),
      };
    } catch (error) {
      considered.push({ ...row, verdict: message(error), ...isLate(error) });
      // Nobody waits for a device that comes after all.
      if (error instanceof LateError)
        opening.then(
          ({ device }) => device.destroy(),
          () => {},
        );
    }
  }
  const late = considered.some((c) => c.late);
  throw new NoAdapterError(considered, late ? "Close the browser and start it again" : remedy(choice));
}

/** @param row gets the adapter's name and kind */
async function openFrom(source: AdapterSource, choice: AdapterChoice, row: Considered) {
  const adapter = await source.request();
  const { name, kind } = Object.assign(row, describe(await infoOf(adapter)));
  if (choice === "hardware" && kind === "software") throw new Error("software, and hardware was asked for");
  return { adapter, name, kind, device: await requestDevice(adapter) };
}

/** Every adapter, and every source that has none; opens no device. */
export async function listAdapters(): Promise<Considered[]> {
  const rows: Considered[] = [];
  // Deno keeps the drivers that it loads first: to list others would spoil the choice.
  const choice = host() === "deno" ? choiceFromEnvironment() : "auto";
  for (const source of await sourcesFor(choice)) {
    try {
      const verdict = `offered by ${source.name}`;
      const row = (name: string) =>
        ({ name, kind: isSoftware(name) ? "software" : "hardware", verdict }) as const;
      rows.push(...(await inTime(source.list(), source.patience, NO_ANSWER)).map(row));
    } catch (error) {
      rows.push({ name: source.name, verdict: message(error), ...isLate(error) });
    }
  }
  return rows;
}

const isLate = (error: unknown): { late?: true } => (error instanceof LateError ? { late: true } : {});

/** Chrome has had `info` since version 127, and had a method before that. */
export async function infoOf(adapter: GPUAdapter): Promise<Partial<GPUAdapterInfo>> {
  const older = adapter as { info?: GPUAdapterInfo; requestAdapterInfo?: () => Promise<GPUAdapterInfo> };
  return older.info ?? (await older.requestAdapterInfo?.()) ?? {};
}

function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  // Drivers report "no limit" as 2^64 − 1, which a JavaScript number cannot represent.
  const most = (limit: (typeof LIMITS)[number]) => Math.min(adapter.limits[limit], Number.MAX_SAFE_INTEGER);
  return adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, most(limit)])),
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
  });
}

function choiceFromEnvironment(): AdapterChoice {
  const value = (host() !== "browser" && process.env.BACKPROP_NINJA_ADAPTER) || "auto";
  const choice = CHOICES.find((c) => c === value);
  if (!choice) throw new Error(`BACKPROP_NINJA_ADAPTER is "${value}": use ${CHOICES.join(", ")}`);
  return choice;
}

async function sourcesFor(choice: AdapterChoice): Promise<AdapterSource[]> {
  const here = host();
  if (here === "browser") return browserSources(choice);
  // A browser bundle leaves both modules out: see "browser" in package.json.
  if (here === "deno") return (await import("./deno.ts")).denoSources(choice);
  try {
    const { dawnSources } = await import("./dawn.ts");
    return dawnSources(choice);
  } catch (error) {
    const [verdict] = message(error).split("\n");
    throw new NoAdapterError(
      [{ name: "Dawn", verdict }],
      "Install the package webgpu beside the program; if that is a bundle, make it for Node",
    );
  }
}

function browserSources(choice: AdapterChoice): AdapterSource[] {
  const request = async (): Promise<GPUAdapter> => {
    if (choice === "lavapipe" || choice === "swiftshader") throw new Error(`a page cannot ask for ${choice}`);
    if (!navigator.gpu)
      throw new Error(isSecureContext ? "it has no WebGPU" : "WebGPU needs https or localhost");
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) throw new Error("it offers no adapter");
    return adapter;
  };
  const list = async () => [describe(await infoOf(await request())).name];
  return [{ name: "this browser", patience: PATIENCE, request, list }];
}

/** Whose WebGPU there is. Deno gives a Node version too; some browser bundles define `process`, but without one. */
function host(): "deno" | "node" | "browser" {
  if ("Deno" in globalThis) return "deno";
  return typeof process !== "undefined" && process.versions?.node ? "node" : "browser";
}

const isSoftware = (name: string): boolean =>
  /llvmpipe|lavapipe|swiftshader|basic render|\bwarp\b/i.test(name);

/**
 * Browsers leave `device` and `description` empty, and Firefox all of it; Dawn writes `device` in lower case with hyphens; Deno writes PCI's
 * numbers for `vendor` and `device`, and the device's name into `description`.
 */
export function describe(info: Partial<GPUAdapterInfo>): { name: string; kind: AdapterKind } {
  const words = (...parts: string[]) =>
    parts
      .filter((part) => !/^\d+$/.test(part))
      .join(" ")
      .replaceAll("-", " ")
      .trim();
  const { vendor = "", architecture = "", device = "", description = "", isFallbackAdapter } = info;
  const title = words(device) || words(vendor, architecture);
  if (isFallbackAdapter || isSoftware(`${title} ${description}`))
    return { name: description || title || unnamed("fallback adapter"), kind: "software" };
  const name = title && description ? `${title} (${description})` : title || description;
  return { name: name || unnamed("adapter"), kind: "hardware" };
}

/** What is known of an adapter that has no name: whose it is. */
function unnamed(adapter: string): string {
  const browser = browserName(globalThis.navigator?.userAgent ?? "");
  return browser ? `${browser}'s ${adapter}, unnamed` : `unnamed ${adapter}`;
}

/** Edge calls itself Chrome too, and everything but Firefox calls itself Safari. */
function browserName(userAgent: string): string | undefined {
  const products = { Firefox: "Firefox", Edge: "Edg", Chrome: "Chrome", Safari: "Version" };
  for (const [name, product] of Object.entries(products)) {
    const version = new RegExp(`\\b${product}/(\\d+)`).exec(userAgent)?.[1];
    if (version) return `${name} ${version}`;
  }
  return undefined;
}

function reason(choice: AdapterChoice, kind: AdapterKind, passed: readonly Considered[]): string {
  if (choice !== "auto") return `${choice} was asked for.`;
  if (passed.length > 0)
    return `Nothing better was found; ${passed.map((c) => `${c.name}: ${c.verdict}`).join("; ")}.`;
  return kind === "hardware" ? "It is the fastest hardware adapter." : "There is no hardware adapter.";
}

function remedy(choice: AdapterChoice): string {
  if (choice !== "auto")
    return "Ask for the adapter auto, or unset BACKPROP_NINJA_ADAPTER, to use any adapter";
  const here = host();
  if (here === "browser") return "Use a browser with WebGPU, and turn on its hardware acceleration";
  if (process.platform !== "linux") return "Update the graphics driver";
  const software = here === "deno" ? ", or set BACKPROP_NINJA_ADAPTER=swiftshader" : "";
  return `Install a Vulkan driver (on Debian and Ubuntu: apt install mesa-vulkan-drivers)${software}`;
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
