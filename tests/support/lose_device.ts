/** A test loads this before the command line: each of the first three devices is destroyed after its fourth submit. */
import { globals } from "webgpu";

let left = 3;
const { GPUAdapter, GPUQueue } = globals as unknown as typeof globalThis;
const devices = new WeakMap<GPUQueue, { device: GPUDevice; submits: number }>();
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
  const device = await request.call(this, descriptor);
  devices.set(device.queue, { device, submits: 0 });
  return device;
};
const submit = GPUQueue.prototype.submit;
GPUQueue.prototype.submit = function (this: GPUQueue, buffers) {
  submit.call(this, buffers);
  const entry = devices.get(this);
  if (entry && ++entry.submits === 4 && left-- > 0) entry.device.destroy();
  return undefined;
};
