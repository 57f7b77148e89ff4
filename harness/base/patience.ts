// Timeout scaling for slow machines.

/** Factor for timeouts. Emulated kernels set it; it never changes expectations. */
const SPEED_FACTOR = Number(process.env.TERRARIUM_SPEED_FACTOR ?? '1');

/** Timeout in milliseconds for something that usually takes a few. */
export function patience(milliseconds: number): number {
  return milliseconds * SPEED_FACTOR;
}
