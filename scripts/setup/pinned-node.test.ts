// vitest started by an editor on a Node that is too old for the checkout.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { olderNode } from './pinned-node.ts';

const root = join(import.meta.dirname, '../..');

/** Starts vitest like an editor, with `node`, on an existing test file. */
function vitest(node: string, ...flags: readonly string[]) {
  const words = [
    ...flags,
    'node_modules/vitest/vitest.mjs',
    'run',
    'scripts/help.test.ts',
    '-t',
    '^$',
  ];
  const { status, stdout, stderr } = spawnSync(node, words, { cwd: root, encoding: 'utf8' });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

/** The first Node on PATH that is older than the pinned one. */
function olderOnPath(): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map((directory) => join(directory, 'node'))
    .find((node) => {
      const { status, stdout } = spawnSync(node, ['-p', 'process.versions.node'], {
        encoding: 'utf8',
      });
      return status === 0 && olderNode(stdout.trim()) !== undefined;
    });
}

test('Node 24 and newer are taken, older ones are named', () => {
  expect([olderNode('24.0.0'), olderNode('26.12.1')]).toEqual([undefined, undefined]);
  expect(olderNode('23.11.1')).toMatch(/needs? Node 24, and this is Node 23\.11\.1\n {2}hint: /);
});

test('the configuration says so in one line of fact and one of help', () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.1.2" })';
  expect(vitest(process.execPath, '--import', pretend)).toEqual({
    status: 1,
    stdout: '',
    stderr: olderNode('20.1.2'),
  });
  expect(vitest(process.execPath).stderr).not.toContain('Node 24');
});

test('a real older Node comes far enough to read it', ({ skip }) => {
  const node = olderOnPath();
  if (node === undefined) return skip('no older Node on PATH');
  const { status, stderr } = vitest(node);
  expect(stderr).toMatch(/^terrarium: the tests need Node 24, and this is Node \S+\n {2}hint: .+$/);
  expect(status).toBe(1);
});
