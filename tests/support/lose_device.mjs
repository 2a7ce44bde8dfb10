/**
 * Loaded before the command line: each of the first three devices is destroyed after its fourth submit. JavaScript, because threads of the
 * process load it too, and some of them before they know TypeScript.
 */
import { globals } from "webgpu";

let left = 3;
const { GPUAdapter, GPUQueue } = globals;
const devices = new WeakMap();
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await request.call(this, descriptor);
  devices.set(device.queue, { device, submits: 0 });
  return device;
};
const submit = GPUQueue.prototype.submit;
GPUQueue.prototype.submit = function (buffers) {
  submit.call(this, buffers);
  const entry = devices.get(this);
  if (entry && ++entry.submits === 4 && left-- > 0) entry.device.destroy();
};
