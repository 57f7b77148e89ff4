// `npm run matrix`: the same specs inside real kernels, one column each; what differs, what changed
// since a baseline, in one page.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { commitOf } from '../../harness/reporter/provenance.ts';
import { type Selection, select } from '../../specs/support/selection.ts';
import { type Column, columnName, hasSystem, KERNELS } from '../fetch/catalogue.ts';
import { fetchKernel } from '../fetch/kernel.ts';
import { PLACES, PROJECT } from '../fetch/paths.ts';
import { chooseAccelerator } from '../guest/accelerator.ts';
import { measureSpeed } from '../guest/inside/speed.ts';
import { rootImage } from '../image/root.ts';
import { BUSYBOX, runColumn, runShell, type Settings } from '../matrix/column.ts';
import { runHost } from '../matrix/host-column.ts';
import {
  type ColumnResult,
  columnKey,
  compareMatrices,
  hasRegressed,
  MATRIX_VERSION,
  type Matrix,
} from '../matrix/results.ts';
import { Session } from '../matrix/resume.ts';
import { summary } from '../report/summary.ts';
import { readMatrix, writeMatrix } from '../report/write.ts';
import { endOnSignals } from './interrupt.ts';
import { listing } from './list.ts';
import { type MatrixOptions, matrixOptions, USAGE } from './options.ts';

const BOOT_S = 90;
/** systemd and what it starts, emulated. */
const SYSTEM_BOOT_S = 300;
/**
 * For one requirement under emulation on a machine that is busy besides; a limit for guests that
 * hang, not a promise.
 */
const PER_REQUIREMENT_S = 40;
const say = (line: string) => console.log(`matrix: ${line}`);

async function main(options: MatrixOptions): Promise<number> {
  if (options.list) {
    console.log(listing(KERNELS));
    return 0;
  }
  mkdirSync(PLACES.runs, { recursive: true });
  const baseline = options.baseline === undefined ? undefined : readMatrix(options.baseline);
  const selection = select(options.only, PROJECT);
  const started = Date.now();
  const columns = await runAll(options, selection);
  const matrix: Matrix = {
    version: MATRIX_VERSION,
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
    commit: commitOf(PROJECT),
    command: commandLine(),
    columns,
  };
  if (options.shell !== undefined) return 0;
  const comparison = baseline === undefined ? undefined : compareMatrices(baseline, matrix);
  const page = writeMatrix(PLACES.report, matrix, comparison);
  if (options.saveBaseline !== undefined)
    writeFileSync(options.saveBaseline, `${JSON.stringify(matrix, null, 1)}\n`);
  console.log(summary(matrix, comparison, page, options.ktap));
  if (comparison !== undefined) return hasRegressed(comparison) ? 1 : 0;
  return columns.every(
    ({ outcome, cells }) =>
      outcome === 'completed' && cells.every(({ verdict }) => verdict !== 'refuted'),
  )
    ? 0
    : 1;
}

async function runAll(options: MatrixOptions, selection: Selection): Promise<ColumnResult[]> {
  const hostSpeedMs = measureSpeed();
  const root =
    options.columns.length === 0 && options.shell === undefined ? '' : await rootImage(say);
  const settings = await settingsOf(options, selection, hostSpeedMs, root);
  if (options.shell !== undefined) {
    await runShell(options.shell, settings, say);
    return [];
  }
  const session = new Session(
    { selection, settings, host: options.host, columns: options.columns.map(columnName) },
    options.fresh,
  );
  const results = new Map<string, ColumnResult>();
  const finish = (result: ColumnResult) => {
    session.keep(result);
    results.set(columnKey(result), result);
    const count = (verdict: string) =>
      result.cells.filter((cell) => cell.verdict === verdict).length;
    const counts = `${count('proven')} proven, ${count('refuted')} refuted, ${count('not-proven-here')} not proven here`;
    say(
      `${columnKey(result)}: ${result.outcome === 'completed' ? counts : `${result.outcome}: ${result.reason}`} (${Math.round(result.timing.wallMs / 1000)} s)`,
    );
  };
  // The host alone first: its figures are what the guests' are compared with.
  if (options.host) finish(session.kept('host') ?? (await runHost(selection, say)));
  const waiting = [...options.columns];
  const worker = async () => {
    for (let column = waiting.shift(); column !== undefined; column = waiting.shift()) {
      const name = columnName(column);
      const before = session.kept(name);
      if (before !== undefined) say(`${name} was finished by the run that was interrupted`);
      finish(
        before ?? (await runColumn(column, selection, settings, (line) => say(`${name}: ${line}`))),
      );
    }
  };
  await Promise.all(Array.from({ length: jobs(options) }, worker));
  session.end();
  const order = [
    ...(options.host ? [...results.keys()].filter((key) => key.startsWith('host/')) : []),
    ...options.columns.map(columnName),
  ];
  return order.flatMap((key) => results.get(key) ?? []);
}

async function settingsOf(
  options: MatrixOptions,
  selection: Selection,
  hostSpeedMs: number,
  root: string,
): Promise<Settings> {
  const { columns, shell, cpus, memoryMiB, append, without, task, timeoutS } = options;
  const bootS = [...columns, ...(shell ? [shell] : [])].some(hasSystem) ? SYSTEM_BOOT_S : BOOT_S;
  const seconds = timeoutS ?? bootS + 120 + selection.ids.length * PER_REQUIREMENT_S;
  const common = {
    cpus,
    memoryMiB,
    append,
    without,
    task,
    hostSpeedMs,
    command: commandLine(),
    root,
  };
  const chosen = await accelerator(options, root);
  // Emulated processors take turns, so that a second worker would only wait for the first.
  const workers = chosen === 'kvm' && jobs(options) === 1 ? cpus : 1;
  return {
    ...common,
    workers,
    bootMs: Math.min(seconds, bootS) * 1000,
    limitMs: seconds * 1000,
    accelerator: chosen,
  };
}

async function accelerator(
  { accelerator: asked, columns, shell }: MatrixOptions,
  root: string,
): Promise<'kvm' | 'tcg'> {
  if (asked !== undefined) return asked;
  const first: Column | undefined = shell ?? columns.at(-1);
  if (first === undefined) return 'tcg';
  try {
    const choice = await chooseAccelerator(await fetchKernel(first.kernel, say), root, BUSYBOX);
    say(`${choice.accelerator === 'kvm' ? 'KVM' : 'emulation (TCG)'}: ${choice.because}`);
    return choice.accelerator;
  } catch (error) {
    say(
      `emulation (TCG): no guest to try KVM with (${error instanceof Error ? error.message : String(error)})`,
    );
    return 'tcg';
  }
}

/** As many guests as there is memory and processors for. */
function jobs({ jobs: asked, columns, memoryMiB }: MatrixOptions): number {
  const room = Math.floor(availableMiB() / (memoryMiB + 300));
  return Math.max(1, Math.min(asked ?? 2, columns.length, room));
}

function availableMiB(): number {
  const kib = existsSync('/proc/meminfo')
    ? /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    : undefined;
  return kib === undefined ? freemem() / 2 ** 20 : Number(kib) / 1024;
}

function commandLine(): string {
  return [
    'npm run matrix',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ');
}

endOnSignals(() => say('interrupted: guests ended; the next run goes on from here'));

/** What was typed; undefined when it is not understood, which was said then. */
function optionsTyped(): MatrixOptions | undefined {
  try {
    return matrixOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  } catch (error) {
    console.error(`terrarium: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return undefined;
  }
}

const options = optionsTyped();
try {
  process.exitCode = options === undefined ? 2 : await main(options);
} catch (error) {
  console.error(`terrarium: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
