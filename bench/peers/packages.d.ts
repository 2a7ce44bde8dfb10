/**
 * The types that are used here of the packages in this folder's own node_modules, so that `npm run types` passes
 * without them.
 */
declare module "@tensorflow/tfjs" {
  type Data = Float32Array | Int32Array;
  export interface Tensor {
    add(x: Tensor | number): Tensor;
    sub(x: Tensor): Tensor;
    mul(x: Tensor): Tensor;
    div(x: number): Tensor;
    matMul(x: Tensor): Tensor;
    gather(indices: Tensor): Tensor;
    reshape(shape: readonly number[]): Tensor;
    mean(axis: number, keepDims: boolean): Tensor;
    sum(axis: number, keepDims: boolean): Tensor;
    square(): Tensor;
    rsqrt(): Tensor;
    tanh(): Tensor;
    toFloat(): Tensor;
    data(): Promise<Data>;
    dispose(): void;
  }
  export function enableProdMode(): void;
  export function env(): { set(flag: string, value: number): void };
  export function setBackend(name: string): Promise<boolean>;
  export function tensor(values: Data, shape: readonly number[], dtype?: "int32"): Tensor;
  export function variable(initial: Tensor): Tensor;
  export function oneHot(indices: Tensor, depth: number): Tensor;
  export const losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
  export const train: { sgd(lr: number): { minimize(f: () => Tensor, returnCost: true): Tensor } };
}
declare module "@tensorflow/tfjs-backend-webgpu" {}
declare module "@tensorflow/tfjs-backend-wasm" {}

declare module "@jax-js/jax" {
  export interface Array {
    readonly ref: Array;
    add(x: Array | number): Array;
    sub(x: Array): Array;
    mul(x: Array | number): Array;
    div(x: Array | number): Array;
    reshape(shape: readonly number[]): Array;
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  interface ReduceOptions {
    keepdims: boolean;
  }
  export function init(...devices: string[]): Promise<string[]>;
  export function defaultDevice(device: string): string;
  export function blockUntilReady<T>(x: T): Promise<T>;
  export function jit<F>(f: F): F;
  export function valueAndGrad<P, A extends unknown[]>(
    f: (p: P, ...rest: A) => Array,
  ): (p: P, ...rest: A) => [Array, P];
  export const nn: { oneHot(x: Array, classes: number): Array; logSoftmax(x: Array, axis: number): Array };
  export const numpy: {
    array(values: Float32Array | Int32Array): Array;
    matmul(x: Array, y: Array): Array;
    mean(x: Array, axis: number, o: ReduceOptions): Array;
    sum(x: Array, axis?: number, o?: ReduceOptions): Array;
    square(x: Array): Array;
    sqrt(x: Array): Array;
    tanh(x: Array): Array;
  };
}
