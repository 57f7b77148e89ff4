// Builds what is measured: the benchmark's own programs when one of their sources is newer, and the
// released executable.
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const C = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror'];
const CPP = ['-std=c++20', ...C.slice(1), '-lstdc++'];
/** Each program's sources and flags. */
const PROGRAMS = {
  baseline: ['baseline/*.c', ...C],
  starter: ['starter.cc', ...CPP],
  workload: ['workload/*.c', ...C, '-static', '-pthread', '-s', '-Wl,--build-id=none'],
  drain: ['drain.c', ...C, '-lutil'],
} as const;

/**
 * Path of one of our programs, compiled by `CC`, else cc.
 * @throws Error with what the compiler says.
 */
export function buildProgram(repository: string, name: keyof typeof PROGRAMS): string {
  const sources = (pattern: string) => globSync(join(import.meta.dirname, pattern));
  const program = join(repository, 'build/bench', `bench-${name}`);
  const newest = Math.max(...sources('**/*.{c,cc,h}').map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return program;
  mkdirSync(dirname(program), { recursive: true });
  const [own, ...flags] = PROGRAMS[name];
  execFileSync(process.env.CC ?? 'cc', ['-o', program, ...sources(own), ...flags], {
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
