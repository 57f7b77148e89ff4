// Runs the gdb command of docs/debugging.md: it stops in the init, and the command cleans up.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const installed = spawnSync('gdb', ['--version']).error === undefined;

test.runIf(installed)('gdb stops in the init (if it is installed)', () => {
  const documented = /^sudo gdb (-x \S+) --args (\S+) (.*)$/m.exec(
    readFileSync(join(root, 'docs/debugging.md'), 'utf8').replaceAll(/ \\\n +/g, ' '),
  );
  const [, script = '', program = '', words = ''] = documented ?? [];
  const state = mkdtempSync(join(tmpdir(), 'terrarium-gdb-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const { stdout } = spawnSync(
    'gdb',
    [
      ...['-q', '-batch', ...script.split(' ')],
      ...['-ex', 'break do_mount', '-ex', 'continue', '-ex', 'backtrace', '-ex', 'kill'],
      ...['--args', program, ...words.split(' ')],
    ],
    {
      ...{ cwd: root, encoding: 'utf8', timeout: 50_000 },
      env: { ...process.env, TERRARIUM_STATE: state },
    },
  );
  expect(stdout).toMatch(/hit Breakpoint \d+, .*do_mount/);
  expect(stdout).toMatch(/^#\d .* init_main \(/m);
  // Names that begin with a dot are claims, not containers.
  expect(readdirSync(state).filter((name) => !name.startsWith('.'))).toEqual([]);
});
