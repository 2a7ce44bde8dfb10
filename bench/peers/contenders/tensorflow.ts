/** TensorFlow.js: eager operations, its own gradients and optimizer. */
import { PARAMETERS } from "../../../src/model/tensors.ts";
import type { Problem } from "../problem.ts";
import { pretendBrowser } from "./browser.ts";
import type { Contender } from "./contender.ts";

type Indices = import("@tensorflow/tfjs").Tensor;

export async function tensorflow(backend: string, problem: Problem): Promise<Contender> {
  const on = await pretendBrowser(backend);
  // The union package: tfjs-core alone has no gradients.
  const tf = await import("@tensorflow/tfjs");
  if (backend === "webgpu") await import("@tensorflow/tfjs-backend-webgpu");
  else await import("@tensorflow/tfjs-backend-wasm");
  tf.enableProdMode();
  // Fewer submits than by itself (15 dispatches each); larger ones gain nothing more.
  if (backend === "webgpu") tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", 100);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);

  const { vocabulary: V, embedding: E, context: T, batch: N } = problem.sizes;
  const [C, W1, b1, W2, b2, bngain, bnbias] = PARAMETERS.map((n) =>
    tf.variable(tf.tensor(problem.parameters[n].data, problem.parameters[n].shape)),
  );
  const batches = Array.from({ length: problem.Xb.shape[0] }, (_, s) => ({
    Xb: tf.tensor(problem.Xb.data.subarray(s * N * T, (s + 1) * N * T), [N * T], "int32"),
    Yb: tf.tensor(problem.Yb.data.subarray(s * N, (s + 1) * N), [N], "int32"),
  }));
  // The wasm backend has no gradient of a gather, so there the embedding is a product with one-hot rows.
  const embed = (Xb: Indices) => (backend === "wasm" ? tf.oneHot(Xb, V).toFloat().matMul(C) : C.gather(Xb));
  const sgd = tf.train.sgd(problem.lr);
  let step = 0;

  const loss = () => {
    const { Xb, Yb } = batches[step % batches.length];
    const embcat = embed(Xb).reshape([N, T * E]);
    const hprebn = embcat.matMul(W1).add(b1);
    const bndiff = hprebn.sub(hprebn.mean(0, true));
    const bnvar = bndiff
      .square()
      .sum(0, true)
      .div(N - 1);
    const bnraw = bndiff.mul(bnvar.add(1e-5).rsqrt());
    const h = bngain.mul(bnraw).add(bnbias).tanh();
    const logits = h.matMul(W2).add(b2);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(Yb, V), logits);
  };

  return {
    on,
    async run(steps) {
      let value = Number.NaN;
      for (let i = 0; i < steps; i++, step++) {
        const cost = sgd.minimize(loss, true);
        // Only the last loss is read: reading waits for the device.
        if (i === steps - 1) [value] = await cost.data();
        cost.dispose();
      }
      return value;
    },
  };
}
