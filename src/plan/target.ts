/** What kernels know of a device. */

/** Subgroup sizes for which kernels exchange operands: those of software devices. 1 means no exchange. */
export const LANES: readonly number[] = [1, 4, 8, 16];
/** Bytes of workgroup memory that kernels may use: what every device has, and what most GPUs have. */
export const WORKGROUP_BYTES = [16384, 32768] as const;

/** All that a kernel's text depends on besides the sizes. */
export interface Target {
  /** One of {@link LANES}: invocations of a subgroup that exchange operands. */
  readonly lanes: number;
  /** One of {@link WORKGROUP_BYTES}. */
  readonly workgroupBytes: number;
  /** Fewest rows of the batch that an invocation of the whole step owns, where each loads its operands itself; 8 if absent. */
  readonly rows?: number;
  /** Workgroups that a product aims at by slicing its sum, and the fewest terms of a slice; 64 and 256 if absent. */
  readonly slicing?: { readonly workgroups: number; readonly terms: number };
}

export const ANY_DEVICE: Target = { lanes: 1, workgroupBytes: WORKGROUP_BYTES[0] };
