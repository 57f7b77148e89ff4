// Builds what is measured: the benchmark's own C programs when a source is newer than the program,
// and the released executable.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Each program's own flags: the baseline needs libseccomp, the workload the static C library. */
const PROGRAMS = {
  baseline: ['-lseccomp'],
  starter: [],
  workload: ['-static', '-pthread', '-s', '-Wl,--build-id=none'],
  drain: ['-lutil'],
} as const;

/**
 * Path of one of our C programs, compiled by `CC`, else cc.
 * @throws Error with what the compiler says.
 */
export function buildProgram(repository: string, name: keyof typeof PROGRAMS): string {
  const sources = join(repository, 'bench/programs', name);
  const program = join(repository, 'build/bench', `bench-${name}`);
  const files = readdirSync(sources).map((file) => join(sources, file));
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return program;
  mkdirSync(dirname(program), { recursive: true });
  const units = files.filter((file) => file.endsWith('.c'));
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program];
  execFileSync(process.env.CC ?? 'cc', [...flags, ...units, ...PROGRAMS[name]], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return program;
}

/** The released command. Without it the sources are measured, and the page says so. */
export function buildExecutable(repository: string, say: (line: string) => void): void {
  const { status } = spawnSync('sh', ['scripts/build.sh', '--if-stale'], {
    ...{ cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  if (status !== 0) say('without the executable: the command is measured from its sources');
}
