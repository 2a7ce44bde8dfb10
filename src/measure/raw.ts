/** Bare WebGPU for floor and roof, without the scheduler. */
import type { Repeat } from "./sampling.ts";

/** A kernel with its storage buffers at bindings 0, 1, …; entry point `main`. */
export interface RawKernel {
  readonly code: string;
  /** Bytes of each buffer, all zero. */
  readonly buffers: readonly number[];
  readonly workgroups: number;
}

export interface RawDispatch {
  /** Encodes the dispatch `repeats` times into one pass, submits once and waits. */
  readonly run: Repeat;
  /** Encodes it once, in its own pass and submit; does not wait. */
  submitOnce(): void;
  close(): void;
}

export async function rawDispatch(device: GPUDevice, label: string, kernel: RawKernel): Promise<RawDispatch> {
  const pipeline = await device.createComputePipelineAsync({
    label,
    layout: "auto",
    compute: { module: device.createShaderModule({ label, code: kernel.code }), entryPoint: "main" },
  });
  const buffers = kernel.buffers.map((size) =>
    device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    }),
  );
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const submit = (repeats: number) => {
    const encoder = device.createCommandEncoder({ label });
    const pass = encoder.beginComputePass({ label });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(kernel.workgroups);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  return {
    run: (repeats) => {
      submit(repeats);
      return device.queue.onSubmittedWorkDone().then(() => {});
    },
    submitOnce: () => submit(1),
    close: () => {
      for (const b of buffers) b.destroy();
    },
  };
}
