/** Waiting for what may never come. */

/** It took too long. What it was goes on in the background. */
export class LateError extends Error {
  override name = "LateError";
}

/**
 * The result of `work`, for which there are so many milliseconds; any number if absent.
 * @param complaint what has not happened, as the beginning of the error's line
 * @throws LateError
 */
export async function inTime<T>(
  work: Promise<T>,
  milliseconds: number | undefined,
  complaint: string,
): Promise<T> {
  if (milliseconds === undefined) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LateError(`${complaint} within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
