// npm run check's room rules: between the folders of the checkout there is no circle, and no arrow
// from a lower floor to a higher one. Tests and the examples they share may import what they test.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { arrowsOf, circular, upward } from './graph.ts';

/**
 * The layers of folders, from the top down: docs/architecture.md. Rooms inside bench/ and
 * kernels/ have stricter rules in .dependency-cruiser.json: imports of types count there.
 */
const FLOORS = [
  ['scripts', 'examples'],
  ['bench', 'mutants'],
  ['kernels', 'faults'],
  ['specs'],
  ['fixtures', 'reports'],
  ['harness'],
  ['runtime'],
  ['runtime/cli'],
  ['runtime/container'],
  ['runtime/execute'],
  ['runtime/diagnose'],
  ['runtime/plan', 'runtime/doctor'],
  ['runtime/cgroups', 'runtime/network', 'runtime/systemd'],
  ['runtime/options'],
  ['runtime/config', 'runtime/rootfs', 'runtime/debug'],
  ['runtime/host', 'runtime/native'],
  ['runtime/base'],
];

const TESTS = /\.test\.tsx?$|\.check\.ts$|\.fixture\.ts$|\/example-[^/]*\.ts$/;

/** Every source of the checkout that git tracks. */
function sources(): Map<string, string> {
  const git = spawnSync('git', ['-c', 'safe.directory=*', 'ls-files', '*.ts', '*.tsx'], {
    encoding: 'utf8',
  });
  const folders = `{${FLOORS.flat().join(',')}}/**/*.{ts,tsx}`;
  const files = git.status === 0 ? git.stdout.trim().split('\n') : globSync(folders);
  const read = files.filter((file) => !TESTS.test(file) && existsSync(file));
  return new Map(read.map((file) => [file, readFileSync(file, 'utf8')]));
}

const arrows = arrowsOf(sources());
const wrong = [
  ...circular(arrows).map((arrow) => ({ ...arrow, what: 'lies on a circle' })),
  ...upward(arrows, FLOORS).map((arrow) => ({ ...arrow, what: 'runs upwards' })),
];
for (const { from, to, by, what } of wrong) console.log(`${from} → ${to} ${what}: ${by}`);
console.log(`${arrows.length} arrows between folders, ${wrong.length} of them wrong.`);
process.exitCode = wrong.length === 0 ? 0 : 1;
