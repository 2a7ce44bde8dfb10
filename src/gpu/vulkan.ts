/** The environment in which Vulkan drivers are loaded. Node and Deno only. */

/** Makes the Vulkan loader see one driver, by its ICD manifest. Newer loaders read the first name, older ones only the second. */
export const onlyDriver = (manifest: string) => ({ VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest });

/**
 * Runs `call` with these variables. They go into the real environment, which under Node only the main thread can change, and are read
 * before `requestAdapter` returns its promise.
 */
export function withEnvironment<T>(variables: Readonly<Record<string, string>>, call: () => T): T {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return call();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
