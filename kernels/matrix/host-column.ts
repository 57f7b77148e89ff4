// The column that needs no guest: the specs on this very host, by the same reporter.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { readEvidence, writeReport } from '../../reports/write.ts';
import { readHostFacts } from '../../runtime/host/read.ts';
import type { Selection } from '../../specs/support/selection.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import type { Outcome } from '../guest/outcome.ts';
import { type ColumnResult, cellsOf } from './results.ts';

export async function runHost(
  { ids, arguments: args }: Selection,
  say: (line: string) => void,
): Promise<ColumnResult> {
  const started = performance.now();
  const directory = join(PATHS.runs, 'host');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  say('host: the specs on this machine, without a guest');
  const log = openSync(join(directory, 'specs.log'), 'w');
  const command = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--configLoader',
    'native',
    '--reporter=./kernels/guest/inside/reporter.ts',
    ...args,
  ];
  const env = { ...process.env, TERRARIUM_EVIDENCE_OUT: directory };
  const [code] = await once(
    spawn(process.execPath, command, { cwd: PROJECT, env, stdio: ['ignore', log, log] }),
    'exit',
  );
  closeSync(log);
  const path = join(directory, 'evidence.json');
  const evidence = existsSync(path) ? readEvidence(path) : undefined;
  const words = readFileSync(join(directory, 'specs.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-3)
    .join(' / ');
  const outcome: Outcome = evidence
    ? { kind: 'completed', reason: '' }
    : { kind: 'no-results', reason: `the specs ended with ${code}: ${words}` };
  if (evidence) await writeReport(join(PATHS.report, 'matrix/host'), evidence);
  const { mode } = readHostFacts().cgroup;
  return {
    ...{
      kernel: 'host',
      layout: mode,
      release: release(),
      accelerator: 'none',
      outcome: outcome.kind,
      reason: outcome.reason,
    },
    cells: cellsOf(ids, evidence, outcome),
    append: [],
    packages: [],
    timing: {
      wallMs: performance.now() - started,
      ...(evidence ? { specsMs: evidence.durationMs } : {}),
    },
    ...(evidence ? { page: 'matrix/host/report.html' } : {}),
  };
}
