// Builds what is measured: the benchmark's own C programs when a source is newer than the program,
// and the released executable.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FLAGS = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror'];

/**
 * Path of the floor, the starter or the workload, compiled. Throws what the compiler says. Needs a
 * C compiler (`CC`, else cc); the floor needs libseccomp's header, the workload the static C
 * library.
 */
export function buildFloor(repository: string): string {
  return build(repository, 'baseline', 'floor', ['-lseccomp']);
}

export function buildStarter(repository: string): string {
  return build(repository, 'starter', 'bench-starter', []);
}

export function buildWorkload(repository: string): string {
  return build(repository, 'workload', 'bench-workload', [
    '-static',
    '-pthread',
    '-s',
    '-Wl,--build-id=none',
  ]);
}

/** Reads a terminal to its end. */
export function buildDrain(repository: string): string {
  return build(repository, 'drain', 'bench-drain', ['-lutil']);
}

/**
 * The command as it is released. Without it the sources are measured, which take several times as
 * long, and the page says so.
 */
export function buildExecutable(repository: string, say: (line: string) => void): void {
  const { status } = spawnSync('sh', ['scripts/build.sh', '--if-stale'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) say('without the executable: the command is measured from its sources');
}

function build(
  repository: string,
  directory: string,
  name: string,
  more: readonly string[],
): string {
  const sources = join(repository, 'bench/programs', directory);
  const program = join(repository, 'build/bench', name);
  const files = readdirSync(sources).map((file) => join(sources, file));
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return program;
  mkdirSync(dirname(program), { recursive: true });
  const units = files.filter((file) => file.endsWith('.c'));
  execFileSync(process.env.CC ?? 'cc', [...FLAGS, '-o', program, ...units, ...more], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return program;
}
