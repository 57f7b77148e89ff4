// Compiles the floor when its sources are newer than the program.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FLAGS = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror'];

/** Path of the compiled floor. Throws what the compiler says. Needs a C compiler (`CC`, else cc) and libseccomp's header. */
export function buildFloor(repository: string): string {
  const sources = join(repository, 'bench/floor');
  const program = join(repository, 'build/bench/floor');
  const files = readdirSync(sources).map((name) => join(sources, name));
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return program;
  mkdirSync(dirname(program), { recursive: true });
  const units = files.filter((file) => file.endsWith('.c'));
  execFileSync(process.env.CC ?? 'cc', [...FLAGS, '-o', program, ...units, '-lseccomp'], { stdio: ['ignore', 'inherit', 'inherit'] });
  return program;
}
