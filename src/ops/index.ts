/** THE registry: every operation there is. Tests, benchmarks, `doctor` and the docs iterate over it. */

import type { Op } from "../plan/contract.ts";
import * as batchnorm from "./batchnorm.ts";
import * as crossEntropy from "./cross_entropy.ts";
import * as elementwise from "./elementwise.ts";
import * as embedding from "./embedding.ts";
import * as linear from "./linear.ts";
import * as reduce from "./reduce.ts";
import * as sample from "./sample.ts";
import * as sgd from "./sgd.ts";
import * as tanh from "./tanh.ts";
import * as trainStep from "./train_step.ts";

export { batchnorm, crossEntropy, elementwise, embedding, linear, reduce, sample, sgd, tanh, trainStep };

const families = [embedding, linear, reduce, elementwise, batchnorm, tanh, crossEntropy, sgd, sample];

// By name, for module loaders and bundlers list a module's exports in orders of their own.
const byName = (a: Op, b: Op): number => (a.name < b.name ? -1 : 1);

export const registry: readonly Op[] = [
  ...families.flatMap((family) => (Object.values(family) as Op[]).sort(byName)),
  trainStep.single,
  trainStep.gradients,
];
