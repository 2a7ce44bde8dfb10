/** What the fused step computes on the spot and does not keep: the tensors between hprebn and h, and between dh and dhprebn. */
import type { Parameters } from "../model/tensors.ts";
import type { AnyArray } from "../plan/contract.ts";

/** The tensors of the fused step from which the others follow. */
export const KEPT = ["hprebn", "bnvar_inv", "h", "dh"] as const;
export type Kept = Readonly<Record<(typeof KEPT)[number], AnyArray>>;

export interface Hidden {
  /** (hprebn − its column's mean)·bnvar_inv, (N,H). */
  readonly bnraw: Float32Array;
  /** bngain·bnraw + bnbias, (N,H). */
  readonly hpreact: Float32Array;
  /** (1 − h²)·dh, (N,H). */
  readonly dhpreact: Float32Array;
}

/** From hprebn, h and dh (N,H) and bnvar_inv (H); the means in float64. */
export function hiddenLayer(
  { hprebn, bnvar_inv, h, dh }: Kept,
  { bngain, bnbias }: Pick<Parameters, "bngain" | "bnbias">,
): Hidden {
  const H = bngain.length;
  const mean = new Float64Array(H);
  for (let i = 0; i < hprebn.length; i++) mean[i % H] += (hprebn[i] * H) / hprebn.length;
  const bnraw = Float32Array.from(hprebn, (x, i) => (x - mean[i % H]) * bnvar_inv[i % H]);
  return {
    bnraw,
    hpreact: bnraw.map((x, i) => bngain[i % H] * x + bnbias[i % H]),
    dhpreact: Float32Array.from(dh, (d, i) => (1 - h[i] ** 2) * d),
  };
}
