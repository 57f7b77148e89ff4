// The programs that a run executed, recorded by fixtures/workloads/exec-trace.c, and their owners.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DEFAULT_ROOTFS, TERRARIUM, workload } from './places.ts';
import { type Subject, wrapped } from './subject.ts';

export interface Execution {
  readonly pid: number;
  /** In the mount namespace of the tracer, or in another. */
  readonly where: 'own' | 'other';
  /** Device and inode of the program's file. */
  readonly file: string;
  /** Its path, as the process sees it. */
  readonly program: string;
  readonly command: string;
}

/** @throws Error for a line that is not exec-trace's. */
export function executions(traceFile: string): Execution[] {
  const lines = readFileSync(traceFile, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [pid, where, file, program, command] = line.split('\t');
    if (
      (where !== 'own' && where !== 'other') ||
      file === undefined ||
      program === undefined ||
      command === undefined
    )
      throw new Error(`not a line of exec-trace: ${line}`);
    return { pid: Number(pid), where, file, program, command };
  });
}

/** The owner of a program; `foreign` is neither Terrarium's nor in the root filesystem. */
export type Owner = 'launcher' | 'runtime' | 'init' | 'root filesystem' | 'foreign';

export function ownerOf({ where, file, program, command }: Execution): Owner {
  if (program === '/memfd:terrarium-init (deleted)') return 'init';
  if (where === 'other')
    return fileAt(join(DEFAULT_ROOTFS, program)) === file ? 'root filesystem' : 'foreign';
  if (file === fileAt('/bin/sh') && command.startsWith(`/bin/sh ${TERRARIUM} `)) return 'launcher';
  // The released executable, which the launcher starts in place of the sources.
  if (file === fileAt(join(TERRARIUM, '../../build/release/terrarium'))) return 'runtime';
  const runtime =
    basename(program) === 'node' &&
    /^\S+( --\S+)* \S+\/runtime\/cli\/main\.(ts|js)( |$)/.test(command);
  return runtime && program.startsWith(`${realpathSync(join(TERRARIUM, '../../node_modules'))}/`)
    ? 'runtime'
    : 'foreign';
}

function fileAt(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** Terrarium, with every program that it executes recorded in `traceFile`. */
export function traced(traceFile: string): Subject {
  return wrapped((commandLine) => [workload('exec-trace'), traceFile, ...commandLine]);
}
