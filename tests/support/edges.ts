/** Sizes at the edges of WebGPU's default limits: what fits, the change that exceeds the limit, and the message it gets. */
import { PATHS, type Path } from "../../src/model/plans.ts";
import type { Sizes } from "../../src/model/tensors.ts";

const least: Sizes = { vocabulary: 5, context: 1, embedding: 1, hidden: 1, batch: 2 };
const bytes = (tensor: string) =>
  new RegExp(`^${tensor} \\([\\d,]+\\) needs [\\d,]+ bytes, but this device binds at most 134,217,728: `);

export const EDGES: [
  limit: string,
  fits: Sizes,
  exceeds: Partial<Sizes>,
  refusal: RegExp,
  paths: readonly Path[],
][] = [
  [
    "a binding of activations (128 MiB)",
    { ...least, context: 1024, batch: 2 ** 15 },
    { batch: 2 ** 15 + 1 },
    bytes("emb"),
    PATHS,
  ],
  [
    "a binding of parameters (128 MiB)",

    { ...least, vocabulary: 512, embedding: 65405 },
    { embedding: 65406 },
    bytes("parameters"),
    PATHS,
  ],
  [
    // Which product is refused first, and how wide its tiles are, depends on the kernel. The chunked path's plain kernels fold their grids.
    "workgroups in one dimension (65,535)",
    { ...least, context: 1023, embedding: 2049 },
    { context: 1024, embedding: 8192 },
    /^linear\.\w+ needs [\d,]+ workgroups in one dimension, but this device allows 65,535: use a smaller batch, vocabulary, embedding, context or hidden size$/,
    ["fused"],
  ],
];
