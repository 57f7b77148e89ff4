// Runs a matrix: the host first, then as many guests at a time as memory and CPUs allow. Results
// are in the requested order.
import { existsSync, readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { inLanes } from '../../harness/base/lanes.ts';
import { type Column, columnName, hasSystem, isArm64 } from '../fetch/catalogue.ts';
import { fetchKernel } from '../fetch/kernel.ts';
import { chooseAccelerator } from '../guest/accelerator.ts';
import type { Accelerator } from '../guest/command.ts';
import { measureSpeed } from '../guest/inside/speed.ts';
import { rootImage } from '../image/root.ts';
import { BUSYBOX, runColumn, runShell, type Settings } from './column.ts';
import { withMissingCells } from './exec-cells.ts';
import { runHost } from './host-column.ts';
import { identityOf, type Job } from './job.ts';
import { type ColumnResult, columnKey } from './results.ts';
import { FinishedColumns, imageIdentity } from './resume.ts';

const BOOT_S = 90;
/** With systemd, or arm64, emulated. */
const SLOW_BOOT_S = 300;
/**
 * Time limit for one requirement, emulated on a busy machine: it only ends guests that hang.
 */
const PER_REQUIREMENT_S = 40;

export interface MatrixRequest
  extends Pick<Settings, 'append' | 'without' | 'task' | 'cpus' | 'memoryMiB' | 'command'> {
  readonly columns: readonly Column[];
  /** Whether the host is a column, too. */
  readonly host: boolean;
  /** Guests at a time; undefined: as there is room for. */
  readonly jobs: number | undefined;
  /** Seconds for a guest in all; undefined: by what it is asked. */
  readonly timeoutS: number | undefined;
  readonly accelerator: Accelerator | undefined;
  /** Forget what an interrupted run finished. */
  readonly fresh: boolean;
}

type Say = (line: string) => void;

/** Every column's result, the host's first. A guest that fails is a result as well. */
export async function runMatrix(
  request: MatrixRequest,
  job: Job,
  say: Say,
): Promise<ColumnResult[]> {
  const settings = await settingsOf(request, request.columns, secondsOf(job), say);
  const { append, without, task, accelerator, cpus, memoryMiB } = settings;
  const columns = request.columns.map(columnName);
  const finished = new FinishedColumns(
    {
      ...{ job: identityOf(job), columns, host: request.host, image: imageIdentity() },
      ...{ append, without, task, accelerator, cpus, memoryMiB },
    },
    request.fresh,
  );
  const results = new Map<string, ColumnResult>();
  const finish = (result: ColumnResult) => {
    finished.add(result);
    results.set(columnKey(result), result);
    say(`${columnKey(result)}: ${inOneLine(result)}`);
  };
  // The host alone first: its figures are what the guests' are compared with.
  if (request.host) finish(finished.get('host') ?? (await runHost(job, say)));
  await inLanes(jobs(request), request.columns, async (column) => {
    const name = columnName(column);
    const before = finished.get(name);
    if (before !== undefined) say(`${name} was finished by the run that was interrupted`);
    finish(before ?? (await runColumn(column, job, settings, (line) => say(`${name}: ${line}`))));
  });
  finished.clear();
  const host = [...results.keys()].filter((key) => key.startsWith('host/'));
  const inOrder = [...host, ...columns].flatMap((key) => results.get(key) ?? []);
  return job.kind === 'exec' ? withMissingCells(inOrder) : inOrder;
}

/** An interactive shell in a guest; resolves when it has ended. */
export async function runGuestShell(
  column: Column,
  request: MatrixRequest,
  say: Say,
): Promise<void> {
  await runShell(column, await settingsOf(request, [column], 0, say), say);
}

function inOneLine({ outcome, reason, cells, timing }: ColumnResult): string {
  const count = (verdict: string) => cells.filter((cell) => cell.verdict === verdict).length;
  const [proven, refuted, apart] = [count('proven'), count('refuted'), count('not-proven-here')];
  const said =
    outcome === 'completed'
      ? `${proven} proven, ${refuted} refuted, ${apart} not proven here`
      : `${outcome}: ${reason}`;
  return `${said} (${Math.round(timing.wallMs / 1000)} s)`;
}

/** How long a job may take once the guest is up. */
function secondsOf(job: Job): number {
  return job.kind === 'exec' ? job.limitS : job.selection.ids.length * PER_REQUIREMENT_S;
}

async function settingsOf(
  request: MatrixRequest,
  columns: readonly Column[],
  jobS: number,
  say: Say,
): Promise<Settings> {
  const { cpus, memoryMiB, append, without, task, command, timeoutS } = request;
  const hostSpeedMs = measureSpeed();
  const own = columns.filter(({ kernel }) => !isArm64(kernel));
  const root = own.length === 0 ? '' : await rootImage(say);
  const slow = own.length < columns.length || columns.some(hasSystem);
  const bootS = slow ? SLOW_BOOT_S : BOOT_S;
  const seconds = timeoutS ?? bootS + 120 + jobS;
  const accelerator = request.accelerator ?? (await bestAccelerator(own.at(-1), root, say));
  // Emulated processors take turns, so that a second worker would only wait for the first.
  const workers = accelerator === 'kvm' && jobs(request) === 1 ? cpus : 1;
  return {
    ...{ cpus, memoryMiB, append, without, task, hostSpeedMs, command, root, accelerator, workers },
    bootMs: Math.min(seconds, bootS) * 1000,
    limitMs: seconds * 1000,
  };
}

/** KVM where a guest with this kernel boots with it. */
export async function bestAccelerator(
  column: Pick<Column, 'kernel'> | undefined,
  root: string,
  say: Say,
): Promise<Accelerator> {
  if (column === undefined) return 'tcg';
  try {
    const choice = await chooseAccelerator(await fetchKernel(column.kernel, say), root, BUSYBOX);
    say(`${choice.accelerator === 'kvm' ? 'KVM' : 'emulation (TCG)'}: ${choice.because}`);
    return choice.accelerator;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`emulation (TCG): no guest to try KVM with (${why})`);
    return 'tcg';
  }
}

/** As many guests as there is memory and processors for. */
function jobs({ jobs: asked, columns, memoryMiB }: MatrixRequest): number {
  const room = Math.floor(availableMiB() / (memoryMiB + 300));
  return Math.max(1, Math.min(asked ?? 2, columns.length, room));
}

function availableMiB(): number {
  const kib = existsSync('/proc/meminfo')
    ? /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    : undefined;
  return kib === undefined ? freemem() / 2 ** 20 : Number(kib) / 1024;
}
