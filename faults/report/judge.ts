// Judges the outcome of a case from its observations. Pure.
import { stripVTControlCharacters } from 'node:util';
import type { Observed } from '../run/injector.ts';
import type { Point } from '../table/case.ts';
import type { Outcome } from '../table/table.ts';

export const OUTCOMES = [
  { id: 'unaffected', title: 'continued', verdict: 'right' },
  { id: 'refused', title: 'refused, nothing left', verdict: 'right' },
  { id: 'undone', title: 'refused, gc removed the rest', verdict: 'right' },
  { id: 'hang', title: 'hangs over 5 s', verdict: 'wrong' },
  { id: 'abort', title: 'our abort', verdict: 'wrong' },
  { id: 'left', title: 'left after gc', verdict: 'wrong' },
  { id: 'result', title: 'wrong result', verdict: 'wrong' },
  { id: 'words', title: 'stack, or no message', verdict: 'wrong' },
  { id: 'engine', title: 'Node or V8 ended it', verdict: 'apart' },
  { id: 'launcher', title: 'sh or the loader ended it', verdict: 'apart' },
  { id: 'missed', title: 'call not reached', verdict: 'apart' },
] as const satisfies readonly Outcome[];

export type OutcomeId = (typeof OUTCOMES)[number]['id'];

/** The observations of a case. */
export interface Evidence {
  readonly point: Point;
  readonly observed: Pick<
    Observed,
    'exitCode' | 'signal' | 'hung' | 'stdout' | 'stderr' | 'injected' | 'fatal'
  >;
  /** Whether exit status and output equal those without a fault. */
  readonly right: boolean;
  readonly left: readonly string[];
  readonly leftAfterGc: readonly string[];
  /** Problems found by the scenario afterwards. */
  readonly harm: readonly string[];
}

export interface Judgement {
  readonly outcome: OutcomeId;
  readonly problems: readonly string[];
}

/** Node's own messages when it, V8 or libuv aborts. */
const ENGINE_DIED =
  /Assertion failed|FATAL ERROR|# Fatal error|Native stack trace|OOM error|Check failed/;
/** Lines of a stack, also coloured or after `hint:`. */
const OURS = /^terrarium: ./m;
const STACK = /^\s*(?:hint: )?at .*(?::\d+:\d+\)?|\(native\)|<anonymous>\)?)$/m;

export function judge(evidence: Evidence): Judgement {
  const { observed, left, leftAfterGc, harm } = evidence;
  if (!observed.injected && !observed.hung) return { outcome: 'missed', problems: [] };
  const apart = endedByOthers(evidence);
  if (apart) {
    const problems = [...harm, ...leftAfterGc.map((thing) => `left after gc: ${thing}`)];
    return { outcome: apart, problems };
  }
  const faults: [OutcomeId, string][] = [
    ...(observed.hung ? [['hang', 'it did not exit']] : []),
    ...ending(evidence),
    ...leftAfterGc.map((thing): [OutcomeId, string] => ['left', `left after gc: ${thing}`]),
    ...harm.map((what): [OutcomeId, string] => ['result', what]),
    ...words(evidence).map((what): [OutcomeId, string] => ['words', what]),
  ] as [OutcomeId, string][];
  const [first] = faults;
  if (first) return { outcome: first[0], problems: faults.map(([, text]) => text) };
  if (evidence.right) return { outcome: 'unaffected', problems: [] };
  return { outcome: left.length > 0 ? 'undone' : 'refused', problems: [] };
}

/** Whether the command failed for a reason outside our code. */
function endedByOthers({ point, observed, right }: Evidence): OutcomeId | undefined {
  const { exitCode, fatal, stderr } = observed;
  if (right || (refusal(exitCode) && OURS.test(stripVTControlCharacters(stderr)))) return undefined;
  if (point.role === 'launcher') return 'launcher';
  // Before our code runs, the loader or Node fails, or Node while loading our modules.
  if (point.role.startsWith('engine')) return 'engine';
  if (refusal(exitCode)) return undefined;
  if (!point.role.startsWith('runtime')) return undefined;
  const oursInIt = fatal?.by.includes('terrarium') ?? false;
  if (fatal && !oursInIt) return 'engine';
  return ENGINE_DIED.test(stderr) && !oursInIt ? 'engine' : undefined;
}

const refusal = (exitCode: number | null) =>
  exitCode !== null && exitCode >= 125 && exitCode <= 127;

function ending({ observed, right }: Evidence): [OutcomeId, string][] {
  const { exitCode, signal, hung, fatal } = observed;
  if (hung || right || refusal(exitCode)) return [];
  if (signal !== null || fatal)
    return [['abort', `it was killed by ${signal ?? fatal?.signal} (${fatal?.by ?? 'no stack'})`]];
  return [['result', `exit status ${exitCode}`]];
}

function words({ observed, right }: Evidence): string[] {
  const { hung } = observed;
  const stderr = stripVTControlCharacters(observed.stderr);
  return [
    ...(STACK.test(stderr) ? ['the message has a stack'] : []),
    ...(/unexpected/.test(stderr) ? ['the message says "unexpected"'] : []),
    ...(!right && !hung && !OURS.test(stderr) ? ['no message of ours'] : []),
  ];
}
