/**
 * While a promise of Dawn's binding for Node is pending, the binding looks for finished work in every turn of the event loop, and each time
 * asks the global `setImmediate` for the next turn: a core does nothing else, which a software device would have computed on. Here the
 * binding finds another `setImmediate`, which soon lets the process sleep between two looks. The global is exchanged only while the
 * binding is being called, so that nobody else sees it.
 */

/** Milliseconds to look in every turn: what ends so soon is noticed at once, and what takes longer is hardly late. */
const EAGER = 10;
/** Milliseconds between two looks from then on: the shortest time that a timer takes. */
const PAUSE = 1;

/** The methods that give promises, by the name of their class. */
const WAITED = {
  GPU: ["requestAdapter"],
  GPUAdapter: ["requestDevice"],
  GPUDevice: ["createComputePipelineAsync", "createRenderPipelineAsync", "popErrorScope"],
  GPUQueue: ["onSubmittedWorkDone"],
  GPUBuffer: ["mapAsync"],
  GPUShaderModule: ["getCompilationInfo"],
};

type Method = (...args: unknown[]) => unknown;
type Class = { new (): object; prototype: Record<string, Method> };

const devices: Class[] = [];

/** @param classes the binding's, by name */
export function pollGently(classes: Readonly<Record<string, unknown>>): void {
  for (const [name, methods] of Object.entries(WAITED)) {
    const { prototype } = classes[name] as Class;
    for (const method of methods) {
      const own = prototype[method];
      prototype[method] = function (this: unknown, ...args) {
        return lend(performance.now(), () => own.apply(this, args));
      };
    }
  }
  devices.push(classes.GPUDevice as Class);
}

/** Whether the process has to look for the end of this device's work, and does nothing else while it does. */
export const isPolled = (device: GPUDevice): boolean => devices.some((Device) => device instanceof Device);

/** Waits during which no look is put off. */
let impatient = 0;

/** Waits for the binding and looks in every turn, however long it takes. */
export async function eagerly<T>(call: () => Promise<T>): Promise<T> {
  impatient++;
  try {
    return await call();
  } finally {
    impatient--;
  }
}

/** Waits for the binding that may look rarely from the start: what they wait for keeps all cores busy, and has long been under way. */
let patient = 0;

/** Waits for the binding and lets the process sleep between two looks, from the first on. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  patient++;
  try {
    return await call();
  } finally {
    patient--;
  }
}

const { setImmediate, setTimeout } = globalThis;

/** Calls the binding. @param since when the wait for what it is busy with began */
function lend<T>(since: number, call: () => T): T {
  const theirs = globalThis.setImmediate;
  const lent = (look: Method, ...args: unknown[]) => {
    const again = () => lend(since, () => look(...args));
    return impatient > 0 || (patient === 0 && performance.now() - since < EAGER)
      ? setImmediate(again)
      : setTimeout(again, PAUSE);
  };
  // Where the global cannot be changed, nothing is gained and nothing breaks.
  Reflect.set(globalThis, "setImmediate", lent);
  try {
    return call();
  } finally {
    Reflect.set(globalThis, "setImmediate", theirs);
  }
}
