// One row of the doctor's table.

/**
 * One feature. `limited`: there, but not all of it or not for certain. `consequence` says which
 * classes of requirements (`NET`, `LIM` …) cannot be proven here, and why; it is absent when
 * nothing is lost.
 */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'missing' | 'limited';
  readonly detail: string;
  readonly consequence?: string | undefined;
}
