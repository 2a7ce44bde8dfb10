/**
 * Whether a device is lost, for what comes and goes while the device stays. A reaction to `device.lost` itself is kept, with all that it can
 * reach, until the device goes: one from each plan kept every plan, and its memory, long after it was closed.
 */

/** Milliseconds to wait after a failure to see if the device was lost. */
const GRACE = 200;

interface Known {
  info?: GPUDeviceLostInfo;
  /** Who wants to hear of it now. */
  readonly waiting: Set<(info: GPUDeviceLostInfo) => void>;
}

const devices = new WeakMap<GPUDevice, Known>();

function knownOf(device: GPUDevice): Known {
  let known = devices.get(device);
  if (known) return known;
  known = { waiting: new Set() };
  devices.set(device, known);
  void device.lost.then((info) => {
    known.info = info;
    for (const heard of known.waiting) heard(info);
    known.waiting.clear();
  });
  return known;
}

/** Why a device was lost; undefined while it is there. The first call for a device begins to listen. */
export const lossOf = (device: GPUDevice): GPUDeviceLostInfo | undefined => knownOf(device).info;

/** Calls `heard` once the device is lost, unless what is returned is called first. */
export function onLoss(device: GPUDevice, heard: (info: GPUDeviceLostInfo) => void): () => void {
  const { info, waiting } = knownOf(device);
  if (info) heard(info);
  else waiting.add(heard);
  return () => waiting.delete(heard);
}

/** After a failure: why the device was lost; undefined if it was not, which takes a moment to be sure of. */
export function lossBehind(device: GPUDevice): Promise<GPUDeviceLostInfo | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      forget();
      resolve(undefined);
    }, GRACE);
    const forget = onLoss(device, (info) => {
      clearTimeout(timer);
      resolve(info);
    });
  });
}
