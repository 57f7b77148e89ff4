// How a guest ended, judged by exit code, console and results. Each outcome but `completed` has a
// reason in words. Pure.

export type OutcomeKind =
  | 'completed'
  | 'panic'
  | 'oops'
  | 'hung-task'
  | 'out-of-memory'
  | 'no-root'
  | 'timeout'
  | 'silent'
  | 'killed'
  | 'no-results'
  | 'disk-full'
  | 'unobtainable';

export interface Outcome {
  readonly kind: OutcomeKind;
  /** One line; empty when it completed. */
  readonly reason: string;
}

export interface Remains {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Set when we ended it at its time limit. */
  readonly timedOutAfterMs: number | undefined;
  readonly console: string;
  readonly progress: string;
  /** Whether the archive of results has its last member. */
  readonly complete: boolean;
}

const SIGNS: readonly (readonly [kind: OutcomeKind, pattern: RegExp, words: string])[] = [
  ['no-root', /terrarium: guest failed: (.*)/, 'the guest did not get as far as its root'],
  ['oops', /(?:BUG: |Oops: |general protection fault|kernel BUG at )(.*)/, 'the kernel stumbled'],
  ['hung-task', /INFO: task (.*) blocked for more than/, 'a task hung in the kernel'],
  [
    'out-of-memory',
    /(?<!cgroup )[Oo]ut of memory: (.*)|Kernel panic - not syncing: (?:System is|Out of) (.*)/,
    'the guest ran out of memory',
  ],
  ['panic', /Kernel panic - not syncing: (.*)/, 'the kernel panicked'],
];

/**
 * Looks at the console first, then at how the process ended, then at what is missing. An oops or a
 * hung task counts even if the results came: such a kernel proves nothing.
 */
export function outcomeOf(remains: Remains): Outcome {
  const { exitCode, signal, timedOutAfterMs, console, progress, complete } = remains;
  const sign = SIGNS.map(([kind, pattern, words]) => ({
    kind,
    words,
    match: pattern.exec(console),
  })).find(({ match }) => match !== null);
  const confessed = sign && {
    kind: sign.kind,
    reason: `${sign.words}: ${(sign.match?.[1] ?? sign.match?.[2] ?? '').trim()}`,
  };
  if (confessed && (!complete || confessed.kind === 'oops' || confessed.kind === 'hung-task'))
    return confessed;
  if (complete) return { kind: 'completed', reason: '' };
  if (timedOutAfterMs !== undefined) {
    const seconds = Math.round(timedOutAfterMs / 1000);
    if (console.includes('terrarium: ready')) {
      const last = lastLine(progress) || 'none';
      return {
        kind: 'timeout',
        reason: `no result within ${seconds} s; its last line was: ${last}`,
      };
    }
    const late = `the guest did not come up within ${seconds} s`;
    return { kind: 'silent', reason: `${late}; its console ends: ${lastLine(console) || 'empty'}` };
  }
  if (/No space left on device|ENOSPC/.test(`${console}${progress}`))
    return { kind: 'disk-full', reason: 'the guest’s disk was full: no results could be kept' };
  if (signal !== null) return { kind: 'killed', reason: `QEMU was ended by ${signal}` };
  if (exitCode !== 0)
    return {
      kind: 'killed',
      reason: `QEMU ended with ${exitCode}: ${lastLine(progress) || lastLine(console)}`,
    };
  return {
    kind: 'no-results',
    reason: `the guest ended without results; its console ends: ${lastLine(console) || 'empty'}`,
  };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim().slice(0, 200) ?? '';
}
