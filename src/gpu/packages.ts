/** Node and Deno only. */

/**
 * Finds what is installed beside this package, when the program runs. Written so that no bundler understands it: it would take along the
 * JavaScript of a package that consists of native code. A bundle in CommonJS does not know where it is, but the program does.
 */
export const installed: NodeJS.Require = process
  .getBuiltinModule("node:module")
  .createRequire(import.meta.url ?? process.argv[1]);
