/**
 * WebGPU's types, for programs whose TypeScript does not know them: TypeScript 5 does not, 6 does with its library "dom", and
 * @webgpu/types, which does, cannot be had together with that. There they have next to nothing; elsewhere these declarations add nothing.
 */
declare global {
  interface GPUAdapter {}
  interface GPUAdapterInfo {}
  interface GPUBindGroupLayout {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
  interface GPUDeviceLostInfo {
    readonly message: string;
  }
  interface GPUError {
    readonly message: string;
  }
  interface GPUSupportedLimits {}
}

export {};
