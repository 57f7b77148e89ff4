// Common to all matchers: observe a box, record the value under a label, and compare.
import { roleNow, type Value } from '../evidence/recorder.ts';
import { Box } from '../shell/box.ts';

/** The result of a recording assertion: tells the compiler that something was asserted. */
export interface Recorded {
  readonly recorded: true;
}

/** One value, observed inside, or one for each side. */
export type Seen = Value | { readonly inside?: Value; readonly host?: Value };

/** Text must be equal. */
export type Expected = Value | RegExp | ((value: string) => boolean);

export interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** @throws TypeError for anything but a box: matchers take shells. */
export function boxOf(received: unknown): Box {
  if (received instanceof Box) return received;
  throw new TypeError(
    `this matcher looks at a shell of shell() or host.shell(), not at ${received}`,
  );
}

/**
 * Records every side of `seen` under `label`, and compares each with `expected`. `wanted` describes
 * the expectation of a function, in words that follow `is`: `its own`.
 */
export function judge(
  box: Box,
  label: string,
  seen: Seen,
  expected: Expected,
  wanted = typeof expected === 'function' ? 'what is expected of it' : String(expected),
): Outcome {
  const sides = typeof seen === 'object' ? seen : { inside: seen };
  const looks = (['inside', 'host'] as const).flatMap((side) => {
    const value = sides[side];
    return value === undefined ? [] : [{ side, value: String(value) }];
  });
  const values = looks.map(({ value }) => value);
  const shown = [...new Set(values)].join(', seen from the host: ');
  // A control has one column.
  if (roleNow() === 'control') box.recorder.saw(label, 'inside', shown);
  else for (const { side, value } of looks) box.recorder.saw(label, side, value);
  const pass = values.length > 0 && values.every((value) => matches(value, expected));
  return {
    pass,
    message: () => `${box.description}: ${label} is ${pass ? '' : 'not '}${wanted}: ${shown}`,
    ...(typeof expected === 'function' ? {} : { actual: shown, expected: wanted }),
  };
}

/** The first failed one of several recorded outcomes, or else the first. */
export function firstFailure(first: Outcome, ...others: readonly Outcome[]): Outcome {
  return [first, ...others].find(({ pass }) => !pass) ?? first;
}

function matches(value: string, expected: Expected): boolean {
  if (typeof expected === 'function') return expected(value);
  return expected instanceof RegExp ? expected.test(value) : value === String(expected);
}
