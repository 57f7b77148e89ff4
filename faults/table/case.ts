// One case, and its one-line name for `--case` and the tables.

/** A system call that fails, or gets SIGKILL. Counted from 1, for each role. */
export interface Point {
  /**
   * `launcher`, `engine` until our code runs, `runtime` from then on, `child` for its child until
   * that executes the `init`. `/NAME` is a thread of that name, other than the first.
   */
  readonly role: string;
  readonly call: string;
  readonly nth: number;
}

export interface Fault extends Point {
  readonly scenario: string;
  /** `EMFILE`; `SIGKILL` ends the whole process at that call. */
  readonly errno: string;
}

export function nameOf({ scenario, role, call, nth, errno }: Fault): string {
  return [scenario, role, call, nth, errno].join(':');
}

/** Undefined for an invalid name. */
export function faultNamed(name: string): Fault | undefined {
  const match = /^([\w-]+):([\w/.-]+):(\w+):([1-9]\d*):(E\w+|SIGKILL)$/.exec(name);
  const [, scenario, role, call, nth, errno] = match ?? [];
  if (!scenario || !role || !call || !nth || !errno) return undefined;
  return { scenario, role, call, nth: Number(nth), errno };
}
