/** How a tensor's values are distributed, as bars on a canvas. */
import { useEffect, useRef } from "preact/hooks";
import type { Histogram as Bins } from "../train/measure.ts";
import { color, theme } from "./theme.ts";

const HEIGHT = 110;
const AXIS = 16;

export function Histogram({ bins, label, limit }: { bins: Bins; label: string; limit?: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = () => paint(element, bins, limit);
    const frame = requestAnimationFrame(draw);
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [bins, limit, theme.value]);
  return <canvas ref={canvas} class="histogram" height={HEIGHT} role="img" aria-label={label} />;
}

function paint(
  canvas: HTMLCanvasElement,
  { from, to, counts }: Bins,
  limit = Number.POSITIVE_INFINITY,
): void {
  const [width, ratio] = [canvas.clientWidth, devicePixelRatio];
  const context = canvas.getContext("2d");
  if (width === 0 || !context) return;
  // Setting the size clears the canvas.
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  context.scale(ratio, ratio);
  const bottom = HEIGHT - AXIS;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const each = width / counts.length;
  const [plain, beyond] = [color("--accent"), color("--dev")];
  counts.forEach((count, i) => {
    const middle = from + ((to - from) * (i + 0.5)) / counts.length;
    context.fillStyle = Math.abs(middle) > limit ? beyond : plain;
    const height = (count / most) * (bottom - 4);
    context.fillRect(i * each, bottom - height, Math.max(1, each - 1), height);
  });
  context.fillStyle = color("--line");
  context.fillRect(0, bottom, width, 1);
  context.fillStyle = color("--muted");
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  context.textBaseline = "bottom";
  for (const [fraction, align] of [
    [0, "left"],
    [0.5, "center"],
    [1, "right"],
  ] as const) {
    context.textAlign = align;
    context.fillText(String(from + (to - from) * fraction), fraction * width, HEIGHT);
  }
}
