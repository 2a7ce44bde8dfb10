/** Every operation except the whole step, which belongs to the network: see src/model/registry.ts. */

import type { Op } from "../plan/contract.ts";
import * as adamw from "./adamw.ts";
import * as batchnorm from "./batchnorm.ts";
import * as batchnormTanh from "./batchnorm_tanh.ts";
import * as crossEntropy from "./cross_entropy.ts";
import * as elementwise from "./elementwise.ts";
import * as embedding from "./embedding.ts";
import * as linear from "./linear.ts";
import * as reduce from "./reduce.ts";
import * as sample from "./sample.ts";
import * as sgd from "./sgd.ts";
import * as tanh from "./tanh.ts";

export {
  adamw,
  batchnorm,
  batchnormTanh,
  crossEntropy,
  elementwise,
  embedding,
  linear,
  reduce,
  sample,
  sgd,
  tanh,
};

const families = [
  embedding,
  linear,
  reduce,
  elementwise,
  batchnorm,
  tanh,
  batchnormTanh,
  crossEntropy,
  sgd,
  adamw,
  sample,
];

// By name, since module loaders and bundlers list a module's exports in different orders.
const byName = (a: Op, b: Op): number => (a.name < b.name ? -1 : 1);

export const operations: readonly Op[] = families.flatMap((family) =>
  (Object.values(family) as Op[]).sort(byName),
);
