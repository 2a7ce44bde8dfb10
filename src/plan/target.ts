/** What kernels are written for: devices differ in no more than this. */

/** Sizes of subgroups that kernels exchange operands in: those of software devices; 1 stands for no exchange. */
export const LANES: readonly number[] = [1, 4, 8, 16];
/** Bytes of memory that kernels give a workgroup: what every device has, and what most GPUs have. */
export const WORKGROUP_BYTES = [16384, 32768] as const;

/** What kernels are written for: they differ from device to device in no more than this. */
export interface Target {
  /** One of {@link LANES}: invocations of a subgroup that exchange what they read. */
  readonly lanes: number;
  /** One of {@link WORKGROUP_BYTES}. */
  readonly workgroupBytes: number;
}

export const ANY_DEVICE: Target = { lanes: 1, workgroupBytes: WORKGROUP_BYTES[0] };
