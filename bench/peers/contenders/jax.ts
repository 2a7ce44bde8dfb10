/** jax-js: the whole step under jit, gradients by valueAndGrad. A value is consumed by its use unless `.ref` is taken. */
import { PARAMETERS } from "../../../src/model/tensors.ts";
import type { Problem } from "../problem.ts";
import { pretendBrowser } from "./browser.ts";
import type { Contender } from "./contender.ts";

type Arrays = import("@jax-js/jax").Array[];

export async function jax(backend: string, problem: Problem): Promise<Contender> {
  const on = await pretendBrowser(backend);
  // It uses this class, which Node 20 lacks, even if nothing is float16.
  Object.assign(globalThis, { Float16Array: class {} });
  const {
    blockUntilReady,
    defaultDevice,
    init,
    jit,
    nn,
    numpy: np,
    valueAndGrad,
  } = await import("@jax-js/jax");
  if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no backend ${backend} here`);
  defaultDevice(backend);

  const { vocabulary: V, embedding: E, context: T, batch: N } = problem.sizes;
  let parameters: Arrays = PARAMETERS.map((n) =>
    np.array(problem.parameters[n].data).reshape(problem.parameters[n].shape),
  );
  const batches = Array.from({ length: problem.Xb.shape[0] }, (_, s) => ({
    Xb: np.array(problem.Xb.data.slice(s * N * T, (s + 1) * N * T)),
    Yb: np.array(problem.Yb.data.slice(s * N, (s + 1) * N)),
  }));
  let step = 0;

  const loss = ([C, W1, b1, W2, b2, bngain, bnbias]: Arrays, Xb: Arrays[0], Yb: Arrays[0]) => {
    // Its gather has no gradient that works under jit, so the embedding is a product with one-hot rows.
    const embcat = np.matmul(nn.oneHot(Xb, V), C).reshape([N, T * E]);
    const hprebn = np.matmul(embcat, W1).add(b1);
    const bndiff = hprebn.ref.sub(np.mean(hprebn, 0, { keepdims: true }));
    const bnvar = np.sum(np.square(bndiff.ref), 0, { keepdims: true }).div(N - 1);
    const bnraw = bndiff.div(np.sqrt(bnvar.add(1e-5)));
    const h = np.tanh(bngain.mul(bnraw).add(bnbias));
    const logits = np.matmul(h, W2).add(b2);
    return np.sum(nn.oneHot(Yb, V).mul(nn.logSoftmax(logits, -1))).mul(-1 / N);
  };
  const train = jit((p: Arrays, Xb: Arrays[0], Yb: Arrays[0]): [Arrays, Arrays[0]] => {
    const [value, gradients] = valueAndGrad(loss)(
      p.map((w) => w.ref),
      Xb,
      Yb,
    );
    return [p.map((w, i) => w.sub(gradients[i].mul(problem.lr))), value];
  });

  return {
    on,
    async run(steps) {
      let value: Arrays[0] | undefined;
      for (let i = 0; i < steps; i++, step++) {
        value?.dispose();
        const { Xb, Yb } = batches[step % batches.length];
        [parameters, value] = train(parameters, Xb.ref, Yb.ref);
      }
      await blockUntilReady(parameters);
      return (await value!.data())[0];
    },
  };
}
