// The root filesystem that every target runs in: the default one, with the workload, sysbench and
// the guests' last script in it.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from './find.ts';

/**
 * Builds `build/bench/root` when what is in it changed; returns its path. Without sysbench its
 * measures say that it is missing.
 */
export function buildRoot(repository: string, rootfs: string, workload: string): string {
  const root = join(repository, 'build/bench/root');
  const scripts = {
    'sbin/bench-init': join(repository, 'bench/programs/guest/run.sh'),
    'bin/bench-suite': join(repository, 'bench/programs/guest/suite.sh'),
  };
  const sysbench = findProgram('sysbench');
  const inputs = [
    workload,
    ...Object.values(scripts),
    join(rootfs, 'bin/busybox'),
    ...(sysbench === undefined ? [] : [sysbench]),
  ];
  const identity = inputs
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}\n`)
    .join('');
  const stamp = join(root, '.made');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === identity) return root;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(dirname(root), { recursive: true });
  cpSync(rootfs, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  cpSync(workload, join(root, 'bin/bench-workload'));
  for (const [target, script] of Object.entries(scripts)) {
    cpSync(script, join(root, target));
    chmodSync(join(root, target), 0o755);
  }
  for (const file of sysbench === undefined ? [] : withLibraries(sysbench)) place(file, root);
  writeFileSync(stamp, identity);
  return root;
}

/** Library by library under the names that the loader looks for. */
function withLibraries(program: string): string[] {
  const said = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [program, ...[...said.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? [])];
}

/** /lib of a merged system is /usr/lib: what the loader opens decides where a file is put. */
function place(file: string, root: string): void {
  const target = join(root, file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(realpathSync(file), target);
}
