// The root file system that every target runs in: the default one, with the workload, sysbench and
// the guests' last script in it.
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
import { findProgram } from '../../harness/observe/find-program.ts';
import { librariesOf } from './find.ts';

/** Builds `build/bench/root` when its parts changed; returns its path. sysbench may be missing. */
export function buildRoot(repository: string, rootfs: string, workload: string): string {
  const root = join(repository, 'build/bench/root');
  const added = {
    'bin/bench-workload': workload,
    'sbin/bench-init': join(import.meta.dirname, 'guest/run.sh'),
    'bin/bench-suite': join(import.meta.dirname, 'guest/suite.sh'),
    'bin/bench-facts': join(import.meta.dirname, 'guest/facts.sh'),
    'bin/bench-limits': join(import.meta.dirname, 'guest/limits.sh'),
    'bin/cpu-burner': join(repository, 'build/workloads/cpu-burner'),
    'bin/memory-hog': join(repository, 'build/workloads/memory-hog'),
  };
  const sysbench = findProgram('sysbench');
  const inputs = [...Object.values(added), join(rootfs, 'bin/busybox'), sysbench ?? []].flat();
  const identity = inputs
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}\n`)
    .join('');
  const stamp = join(root, '.made');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === identity) return root;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(dirname(root), { recursive: true });
  cpSync(rootfs, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  for (const [path, file] of Object.entries(added)) {
    cpSync(file, join(root, path));
    chmodSync(join(root, path), 0o755);
  }
  // /lib of a merged system is /usr/lib: the path that the loader opens decides where a file is.
  for (const file of sysbench === undefined ? [] : librariesOf(sysbench)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(realpathSync(file), join(root, file));
  }
  writeFileSync(stamp, identity);
  return root;
}
