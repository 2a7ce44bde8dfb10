/** The machine and its self-test as text, for a bug report. */
import type { DeviceReport, SelfTestRow } from "./engine.ts";
import type { Limit } from "./limits.ts";

const UNITS = ["bytes", "KiB", "MiB", "GiB"];

/** `16 KiB`, or just the number where it counts things. */
export function amount(n: number, unit: Limit["unit"]): string {
  if (unit === "") return n.toLocaleString("en-US");
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(n) / 10));
  return `${(n / 1024 ** power).toLocaleString("en-US", { maximumFractionDigits: 1 })} ${UNITS[power]}`;
}

export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "infinite";

const line = (label: string, ...words: (string | number)[]) => `${label.padEnd(9)}${words.join(" ")}`;

export function reportText(r: DeviceReport, rows: readonly SelfTestRow[], userAgent: string): string {
  return [
    line("browser", userAgent),
    line("adapter", `${r.name} (${r.kind})`),
    ...(r.why ? [line("because", r.why)] : []),
    ...(r.absence ? [line("absent", `WebGPU: ${r.absence}`)] : []),
    ...r.considered.map((c) => line("found", `${c.name}: ${c.verdict}`)),
    ...Object.entries(r.info).map(([key, value]) => line("info", key, value)),
    ...r.limits.map((l) => line("limit", l.name, l.value, `(needs ${l.need})`)),
    line("features", r.features.map((f) => (f.used ? `+${f.name}` : f.name)).join(" ") || "none"),
    line("wgsl", r.language.join(" ") || "none"),
    ...rows.map((row) => line("kernel", row.ok ? "ok  " : "FAIL", `${row.cases} of ${row.of}`, row.message)),
    rows.length === 0
      ? "self-test not run"
      : `${rows.filter((row) => row.ok).length} of ${r.kernels.length} kernels agree with the CPU reference`,
  ].join("\n");
}
