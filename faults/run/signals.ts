// The table of signals: two within milliseconds, one at any moment of a start, a stream of SIGUSR1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { inLanes } from '../../harness/base/lanes.ts';
import { patience } from '../../harness/base/patience.ts';
import type { FaultCase, FaultTable, Outcome } from '../table/table.ts';
import { remainsBut } from './left.ts';
import { passing, type Scenario, waiting } from './scenarios.ts';
import { dispose, makeWorld, terrarium } from './world.ts';

const PATIENCE_MS = patience(5000);

const OUTCOMES = [
  { id: 'ended', title: 'ended, nothing left', verdict: 'right' },
  { id: 'hang', title: 'hangs over 5 s', verdict: 'wrong' },
  { id: 'left', title: 'left before gc', verdict: 'wrong' },
  { id: 'code', title: 'wrong exit status', verdict: 'wrong' },
  { id: 'words', title: 'stack', verdict: 'wrong' },
] as const satisfies readonly Outcome[];

/** Signals, with a pause in milliseconds before each. */
type Plan = readonly (readonly [afterMs: number, signal: NodeJS.Signals])[];

interface Barrage {
  readonly id: string;
  readonly scenario: string;
  readonly command: Scenario['command'];
  /** Exit codes that mean no effect. */
  readonly status?: number;
  readonly plan: Plan;
}

/** `scale`: 1 for 200 pairs, 200 single ones and 60 streams. */
function barrages(scale: number): Barrage[] {
  const kinds = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;
  const count = (most: number) => Math.max(1, Math.round(most * scale));
  const pairs = Array.from({ length: count(200) }, (_, index) => {
    const signal = kinds[index % kinds.length] ?? 'SIGINT';
    const at = 20 + Math.round((400 * index) / count(200));
    const gap = 1 + (index % 8);
    return {
      id: `two:${signal}:${at}ms:${gap}ms`,
      scenario: 'two, 1 to 8 ms apart',
      command: waiting,
      plan: [[at, signal] as const, [gap, signal] as const],
    };
  });
  const singles = Array.from({ length: count(200) }, (_, index) => {
    const at = 5 + Math.round((195 * index) / count(200));
    const plan: Plan = [[at, 'SIGTERM']];
    const id = `one:SIGTERM:${at}ms:${index}`;
    return { id, scenario: 'SIGTERM at 5 to 200 ms', command: waiting, plan };
  });
  const rains = Array.from({ length: count(60) }, (_, index) => ({
    id: `rain:SIGUSR1:${10 * index}ms`,
    scenario: 'SIGUSR1 each ms',
    // Without a handler it continues: the kernel keeps the signal from a first process.
    command: passing,
    status: 7,
    plan: Array.from({ length: 300 }, (_, drop): Plan[number] => [
      drop === 0 ? 10 * index : 1,
      'SIGUSR1',
    ]),
  }));
  return [...pairs, ...singles, ...rains];
}

export async function signalTable(
  scale: number,
  jobs: number,
  say: (line: string) => void,
): Promise<FaultTable> {
  const all = barrages(scale);
  say(`terrarium: sending signals to ${all.length} starts`);
  const cases = await inLanes(jobs, all, async (barrage) => {
    const result = await tryBarrage(barrage);
    for (const problem of result.problems) say(`  ${result.id}: ${problem}`);
    return result;
  });
  return {
    id: 'signals',
    title: 'Signals while a container starts and runs',
    about:
      'The command of a foreground container gets signals. It ends within 5 s, with 128 plus ' +
      'the signal unless the signal has no effect, and leaves nothing, without gc.',
    population: all.length,
    outcomes: OUTCOMES,
    scenarios: [...new Set(all.map(({ scenario }) => scenario))],
    cases,
  };
}

async function tryBarrage({ id, scenario, command, plan, status }: Barrage): Promise<FaultCase> {
  const world = makeWorld();
  try {
    const { argv, env } = command(world);
    const [program = '', ...args] = argv;
    const began = performance.now();
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let message = '';
    child.stderr.on('data', (chunk: Buffer) => {
      message += chunk.toString();
    });
    const exit = once(child, 'exit');
    const sent = new Set<NodeJS.Signals>();
    for (const [afterMs, signal] of plan) {
      await delay(afterMs);
      if (child.exitCode !== null || child.signalCode !== null) break;
      child.kill(signal);
      sent.add(signal);
    }
    const hung = await Promise.race([exit.then(() => false), delay(PATIENCE_MS, true)]);
    const { exitCode, signalCode } = child;
    if (hung) {
      child.kill('SIGKILL');
      await exit;
    }
    const left = await remainsBut(new Set(), world.id, world.state);
    if (left.length > 0) await terrarium(world, ['gc']);
    const leftAfterGc = left.length > 0 ? await remainsBut(new Set(), world.id, world.state) : [];
    const problems = [
      ...(hung ? ['it did not exit'] : []),
      ...left.map((thing) => `left before gc: ${thing}`),
      ...(hung || asSent(exitCode, signalCode, sent) || exitCode === status
        ? []
        : [`exit status ${exitCode} ${signalCode ?? ''}`]),
      ...(/^\s*(hint: )?at .*:\d+/m.test(message) ? ['the message has a stack'] : []),
    ];
    return {
      ...{ id, scenario, problems, exitCode, signal: signalCode, left, leftAfterGc },
      outcome: outcomeOf(hung, left.length, problems),
      durationMs: Math.round(performance.now() - began),
      message: message.slice(0, 400),
    };
  } finally {
    await dispose(world);
  }
}

function outcomeOf(hung: boolean, left: number, problems: readonly string[]): string {
  if (hung) return 'hang';
  if (left > 0) return 'left';
  if (problems.some((problem) => problem.startsWith('exit status'))) return 'code';
  return problems.length > 0 ? 'words' : 'ended';
}

/** Ended by one of them, or with 128 plus its number. */
function asSent(
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  sent: ReadonlySet<NodeJS.Signals>,
): boolean {
  if (signal !== null) return sent.has(signal);
  return [...sent].some((name) => exitCode === 128 + constants.signals[name]);
}
