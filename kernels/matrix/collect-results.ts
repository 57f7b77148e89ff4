// Collects what a guest left on the host: the evidence of the specs or the output of a program, as
// cells; reports and logs beside the matrix.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../harness/evidence/model.ts';
import { textIfThere } from '../../harness/observe/if-there.ts';
import { readEvidence, writeReport } from '../../reports/write.ts';
import type { Selection } from '../../specs/selection.ts';
import type { ProgramEnd } from '../exec/program.ts';
import { type Column, columnName } from '../fetch/catalogue.ts';
import { PATHS } from '../fetch/paths.ts';
import { FILES } from '../guest/command.ts';
import type { Outcome } from '../guest/outcome.ts';
import type { GuestEnd } from '../guest/run.ts';
import { execCells, outcomeOfProgram } from './exec-cells.ts';
import type { ExecJob, Job } from './job.ts';
import { type Cell, type ColumnResult, cellsOf } from './results.ts';

export interface Collected extends Pick<ColumnResult, 'page' | 'console'> {
  /** As uname(1) printed it; undefined if nothing arrived. */
  readonly release: string | undefined;
  readonly outcome: Outcome;
  readonly cells: readonly Cell[];
  readonly timing: Pick<ColumnResult['timing'], 'specsMs' | 'speedFactor'>;
}

const NOT_STARTED: ProgramEnd = {
  ...{ exitCode: undefined, timedOut: false, durationMs: 0, stdout: '', stderr: '' },
};

/** The cells of a job that never started. */
export function cellsWithoutGuest(job: Job, outcome: Outcome): Cell[] {
  return job.kind === 'specs'
    ? cellsOf(job.selection.ids, undefined, outcome)
    : execCells(job.program, NOT_STARTED, outcome);
}

/** `directory`: where the guest wrote its files. */
export async function collectResults(
  job: Job,
  column: Column,
  directory: string,
  end: GuestEnd,
): Promise<Collected> {
  return job.kind === 'specs'
    ? await collectSpecs(job.selection, column, directory, end)
    : collectProgram(job, column, directory, end);
}

async function collectSpecs(
  { ids }: Selection,
  column: Column,
  directory: string,
  end: GuestEnd,
): Promise<Collected> {
  const evidence = evidenceIn(end.results);
  const outcome =
    evidence === undefined && end.outcome.kind === 'completed'
      ? noEvidence(directory)
      : end.outcome;
  const speed = textIfThere(join(end.results, 'speed-factor')).trim();
  const near = publishLogs(column, directory, 'specs');
  if (evidence !== undefined) await writeReport(join(PATHS.report, near), evidence);
  return {
    release: evidence?.host.kernel,
    outcome,
    cells: cellsOf(ids, evidence, outcome),
    timing: {
      ...(evidence === undefined ? {} : { specsMs: evidence.durationMs }),
      ...(speed === '' ? {} : { speedFactor: Number(speed) }),
    },
    ...(evidence === undefined ? {} : { page: `${near}/report.html` }),
    console: `${near}/console.log`,
  };
}

function collectProgram(
  { program, limitS }: ExecJob,
  column: Column,
  directory: string,
  guest: GuestEnd,
): Collected {
  const sent = (name: string) => textIfThere(join(guest.results, name)).trim();
  const [began, ended] = sent('seconds').split(' ').map(Number);
  const end: ProgramEnd = {
    exitCode: sent('exit-code') === '' ? undefined : Number(sent('exit-code')),
    timedOut: existsSync(join(guest.results, 'timed-out')),
    durationMs: ended === undefined ? 0 : Math.round((ended - (began ?? 0)) * 1000),
    stdout: textIfThere(join(directory, FILES.progress)),
    stderr: textIfThere(join(directory, FILES.errors)),
  };
  const outcome = outcomeOfProgram(program, end, guest.outcome, limitS);
  return {
    release: sent('release') || undefined,
    outcome,
    cells: execCells(program, end, outcome),
    timing: end.durationMs === 0 ? {} : { specsMs: end.durationMs },
    console: `${publishLogs(column, directory, 'output')}/console.log`,
  };
}

/** The guest's evidence, if it arrived complete. */
function evidenceIn(results: string): Evidence | undefined {
  const path = join(results, 'evidence.json');
  try {
    return existsSync(path) ? readEvidence(path) : undefined;
  } catch {
    // A full disk leaves a partial file.
    return undefined;
  }
}

/** Why a guest that ended normally left no evidence. */
function noEvidence(directory: string): Outcome {
  const log = textIfThere(join(directory, FILES.progress));
  if (/No space left on device|ENOSPC/.test(log))
    return {
      kind: 'disk-full',
      reason: 'the guest’s disk was full: the evidence could not be kept',
    };
  const last = log.trimEnd().split('\n').slice(-3).join(' / ');
  return { kind: 'no-results', reason: `the specs ended without evidence: ${last.slice(0, 300)}` };
}

/** Writes console and output to one file, the kernel's log to another. Returns their directory. */
function publishLogs(column: Column, directory: string, heading: 'specs' | 'output'): string {
  const near = `matrix/${columnName(column).replace('/', '-')}`;
  const place = join(PATHS.report, near);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const text = (name: string) => textIfThere(join(directory, name));
  const errors = text(FILES.errors);
  const parts = [
    text(FILES.console),
    `--- ${heading} ---\n${text(FILES.progress)}`,
    ...(errors === '' ? [] : [`--- errors ---\n${errors}`]),
  ];
  writeFileSync(join(place, 'console.log'), parts.join('\n'));
  const kernelLog = join(directory, 'sent/dmesg.txt');
  if (existsSync(kernelLog)) copyFileSync(kernelLog, join(place, 'dmesg.txt'));
  return near;
}
