// The table of load: whole suites in a row, alone and beside busy loops. Nothing is retried.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence } from '../../harness/evidence/model.ts';
import { hasFailed } from '../../harness/evidence/verdict.ts';
import type { FaultCase, FaultTable, Outcome } from '../table/table.ts';

const BUSY_LOOPS = 4;
const MESSAGE = 400;

const OUTCOMES = [
  { id: 'green', title: 'passed', verdict: 'right' },
  { id: 'red', title: 'failed', verdict: 'wrong' },
] as const satisfies readonly Outcome[];

/** `count` suites alone, then half as many beside four busy loops. */
export async function loadTable(
  count: number,
  repository: string,
  say: (line: string) => void,
): Promise<FaultTable> {
  const cases: FaultCase[] = [];
  for (let index = 1; index <= count; index++) {
    cases.push(await suite('alone', index, repository));
    tell(cases, say);
  }
  const loops = Array.from({ length: BUSY_LOOPS }, () =>
    // Until this process has exited in any way: kill is a builtin of the shell.
    spawn('sh', ['-c', `while kill -0 ${process.pid}; do :; done 2>/dev/null`]),
  );
  try {
    for (let index = 1; index <= Math.ceil(count / 2); index++) {
      cases.push(await suite('beside four busy loops', index, repository));
      tell(cases, say);
    }
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
  return {
    id: 'load',
    title: 'Suites under load',
    about: 'Repeats npm test: alone, then beside four busy loops. No retries.',
    population: cases.length,
    outcomes: OUTCOMES,
    scenarios: [...new Set(cases.map(({ scenario }) => scenario))],
    cases,
  };
}

function tell(cases: readonly FaultCase[], say: (line: string) => void): void {
  const last = cases.at(-1);
  if (!last) return;
  say(`terrarium: suite ${last.id}: ${last.outcome}, ${Math.round(last.durationMs / 1000)} s`);
  for (const problem of last.problems) say(`  ${problem}`);
}

/** One run of the tests, with a separate report that is not kept. */
async function suite(scenario: string, index: number, repository: string): Promise<FaultCase> {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-load-'));
  const began = performance.now();
  try {
    const child = spawn(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--configLoader', 'native'],
      {
        cwd: repository,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, TERRARIUM_REPORT_DIR: directory, TERRARIUM_START: 'sources' },
      },
    );
    let message = '';
    child.stderr.on('data', (chunk: Buffer) => {
      message = `${message}${chunk.toString()}`.slice(-MESSAGE);
    });
    const [exitCode] = await once(child, 'close');
    const problems = redOf(join(directory, 'evidence.json'));
    const red = exitCode !== 0 || problems.length > 0;
    return {
      id: `${scenario.replaceAll(' ', '-')}:${index}`,
      ...{ scenario, problems, exitCode, message: red ? message : '' },
      ...{ signal: null, left: [], leftAfterGc: [] },
      outcome: red ? 'red' : 'green',
      durationMs: Math.round(performance.now() - began),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Failed requirements and checks of the evidence in `file`. */
export function redOf(file: string): string[] {
  try {
    const { requirements, checks }: Evidence = JSON.parse(readFileSync(file, 'utf8'));
    return [
      ...requirements.filter(hasFailed).map(({ id, verdict }) => `${verdict}: ${id}`),
      ...checks.failed.map((check) => `failed: ${check.name}: ${check.failure.slice(0, MESSAGE)}`),
    ];
  } catch (error) {
    return [`no evidence: ${String(error)}`];
  }
}
