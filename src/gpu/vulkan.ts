/** Tells the Vulkan loader which driver to load. Node and Deno only. */

/**
 * Runs `call` while the Vulkan loader sees `driver` (an ICD manifest) and no other. The loader reads the real
 * environment, which under Node only the main thread can change, and does so before `requestAdapter` returns its promise.
 */
export function withDriver<T>(driver: string | undefined, call: () => T): T {
  if (!driver) return call();
  // Newer loaders read the first name, older ones only the second.
  const names = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] as const;
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = driver;
  try {
    return call();
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    });
  }
}
