/** What an adapter says of itself in words. Its members are getters on the prototype, so only `for in` finds them. */
export function textsOf(info: Partial<GPUAdapterInfo>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key in info) {
    const value = info[key as keyof GPUAdapterInfo];
    if (typeof value === "string" && value !== "") result[key] = value;
  }
  return result;
}
