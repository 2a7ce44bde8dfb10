// The package ships neither types nor an entry point.
declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  /** Template tag: `#if ${condition}`, `#elif ${…}`, `#else`, `#endif`; numbers are stringified as JavaScript does. */
  export function wgsl(strings: TemplateStringsArray, ...values: unknown[]): string;
}
