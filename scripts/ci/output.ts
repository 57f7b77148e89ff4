// Output files of the steps of continuous integration.
import { readFileSync } from 'node:fs';

/** ISO 8601, or milliseconds since 1970 in Vitest's JSON. */
export type Started = { readonly startedAt: string } | { readonly startTime: number };

/** The used part of Vitest's JSON. */
export interface Checks {
  readonly startTime: number;
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface Asked {
  /** Seconds since 1970: output of an earlier run does not count. */
  readonly since: number;
  /** Gets a line for each missing output. */
  readonly say: (line: string) => void;
}

/** A run's output, unless it is missing, cut short or older: then the reason is said. */
export function readOutput<T extends Started>(
  what: string,
  file: string,
  { since, say }: Asked,
): T | undefined {
  try {
    const found: T = JSON.parse(readFileSync(file, 'utf8'));
    const started = new Date('startTime' in found ? found.startTime : found.startedAt);
    if (started.getTime() >= since * 1000) return found;
    say(`terrarium: the ${what} is of an earlier run (${started.toISOString()})`);
  } catch (error) {
    say(`terrarium: no ${what} of this run: ${String(error)}`);
  }
  return undefined;
}
