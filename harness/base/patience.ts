// How much slower than a usual machine this one is.

/**
 * How much longer to wait for anything than on a usual machine. Emulated kernels set it; it never
 * changes what is expected.
 */
const SPEED_FACTOR = Number(process.env.TERRARIUM_SPEED_FACTOR ?? '1');

/** Milliseconds to wait for something that usually takes a few. */
export function patience(milliseconds: number): number {
  return milliseconds * SPEED_FACTOR;
}
