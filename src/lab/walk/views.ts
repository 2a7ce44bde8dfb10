/** What each stop shows. */
import type { JSX } from "preact";
import * as back from "./backward.tsx";
import * as forward from "./forward.tsx";
import type { Seen } from "./seen.tsx";
import type { StopName } from "./stops.ts";

export const VIEWS: Readonly<Record<StopName, (seen: Seen) => JSX.Element>> = {
  Xb: forward.ExampleStop,
  emb: forward.EmbeddingStop,
  hprebn: forward.FirstLayerStop,
  bnvar: forward.StatisticsStop,
  hpreact: forward.BatchNormStop,
  h: forward.TanhStop,
  logits: forward.LogitsStop,
  probs: forward.SoftmaxStop,
  loss: forward.LossStop,
  dlogits: back.LossBackStop,
  dh: back.SecondLayerBackStop,
  dhpreact: back.TanhBackStop,
  dhprebn: back.BatchNormBackStop,
  dembcat: back.FirstLayerBackStop,
  dC: back.EmbeddingBackStop,
  C: back.UpdateStop,
};
