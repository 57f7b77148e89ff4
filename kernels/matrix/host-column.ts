// The host's column: the same job without a guest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { readEvidence, writeReport } from '../../reports/write.ts';
import { readHostFacts } from '../../runtime/host/read.ts';
import type { Selection } from '../../specs/selection.ts';
import { runHere } from '../exec/run-here.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import type { Outcome } from '../guest/outcome.ts';
import { execCells, outcomeOfProgram } from './exec-cells.ts';
import type { ExecJob, Job } from './job.ts';
import { type Cell, type ColumnResult, cellsOf } from './results.ts';

interface Ran extends Pick<ColumnResult, 'page' | 'console'> {
  readonly outcome: Outcome;
  readonly cells: readonly Cell[];
  readonly specsMs: number | undefined;
}

export async function runHost(job: Job, say: (line: string) => void): Promise<ColumnResult> {
  const started = performance.now();
  const directory = join(PATHS.runs, 'host');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  say(`host: ${job.kind === 'specs' ? 'the specs' : job.program.name} on this machine`);
  const { outcome, cells, specsMs, ...paths } =
    job.kind === 'specs'
      ? await runSpecs(job.selection, directory)
      : await runProgram(job, directory);
  return {
    ...{ kernel: 'host', layout: readHostFacts().cgroup.mode, release: release() },
    ...{ accelerator: 'none', outcome: outcome.kind, reason: outcome.reason, cells },
    ...{ append: [], packages: [] },
    timing: {
      wallMs: performance.now() - started,
      ...(specsMs === undefined ? {} : { specsMs }),
    },
    ...paths,
  };
}

/** With the same reporter as in guests. */
async function runSpecs({ ids, arguments: args }: Selection, directory: string): Promise<Ran> {
  const log = openSync(join(directory, 'specs.log'), 'w');
  const command = [
    ...['node_modules/vitest/vitest.mjs', 'run', '--configLoader', 'native'],
    ...['--reporter=./kernels/guest/inside/reporter.ts', ...args],
  ];
  const env = { ...process.env, TERRARIUM_EVIDENCE_OUT: directory };
  const [code] = await once(
    spawn(process.execPath, command, { cwd: PROJECT, env, stdio: ['ignore', log, log] }),
    'exit',
  );
  closeSync(log);
  const path = join(directory, 'evidence.json');
  const evidence = existsSync(path) ? readEvidence(path) : undefined;
  const words = readFileSync(join(directory, 'specs.log'), 'utf8').trimEnd().split('\n').slice(-3);
  const outcome: Outcome = evidence
    ? { kind: 'completed', reason: '' }
    : { kind: 'no-results', reason: `the specs ended with ${code}: ${words.join(' / ')}` };
  if (evidence) await writeReport(join(PATHS.report, 'matrix/host'), evidence);
  return {
    ...{ outcome, cells: cellsOf(ids, evidence, outcome), specsMs: evidence?.durationMs },
    ...(evidence ? { page: 'matrix/host/report.html' } : {}),
  };
}

async function runProgram({ program, limitS }: ExecJob, directory: string): Promise<Ran> {
  const end = await runHere(program, limitS, directory, {
    ...process.env,
    ROOTFS: join(PROJECT, 'fixtures/rootfs/out/default'),
  });
  const outcome = outcomeOfProgram(program, end, { kind: 'completed', reason: '' }, limitS);
  mkdirSync(join(PATHS.report, 'matrix/host'), { recursive: true });
  writeFileSync(
    join(PATHS.report, 'matrix/host/console.log'),
    `--- output ---\n${end.stdout}\n--- errors ---\n${end.stderr}`,
  );
  return {
    ...{ outcome, cells: execCells(program, end, outcome), specsMs: end.durationMs },
    console: 'matrix/host/console.log',
  };
}
