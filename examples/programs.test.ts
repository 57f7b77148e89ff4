// The examples unchanged, each as its own program.
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ROOTFS } from '../runtime/container/example-container.ts';

/** Starts an example. */
function example(name: string, args: readonly string[], input = '') {
  const file = join(import.meta.dirname, name, `${name}.ts`);
  return execa(process.execPath, [file, ROOTFS, ...args], { input, timeout: 50_000 });
}

describe.skipIf(process.geteuid?.() !== 0)('examples (need root)', () => {
  it('embed: a service that answers for any script, and ends on a signal', async () => {
    const program = example('embed', ['0']);
    const lines = createInterface({ input: program.stdout });
    const [line] = await once(lines, 'line');
    const url = `http://127.0.0.1:${/port: (\d+)/.exec(line)?.[1]}/`;
    const answer = async (body: string) => {
      const response = await fetch(url, { method: 'POST', body });
      return { status: response.status, ...JSON.parse(await response.text()) };
    };
    const [exit, slow, loud, write] = await Promise.all(
      ['echo hi; exit 3', 'echo part; sleep 60', 'yes', 'touch /x'].map(answer),
    );
    expect(exit).toEqual({ status: 200, stdout: 'hi', stderr: '', exitCode: 3 });
    expect(slow).toMatchObject({ stdout: 'part', timedOut: true, isMaxBuffer: false });
    expect(loud).toMatchObject({ timedOut: false, isMaxBuffer: true });
    expect(write.stderr).toContain('Read-only file system');
    program.kill('SIGTERM');
    expect(await program).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('pool: the answers in the order of the lines', async () => {
    const lines = ['echo one', 'exit 3', 'sleep 60', 'hostname', 'wc -c', 'echo six'];
    const { stdout, stderr } = await example('pool', [], lines.join('\n'));
    const answers = stdout.split('\n').map((line) => line.replace(/ \d+\.\d ms$/, ''));
    expect(answers).toEqual(['0 "one"', '3 ""', 'ETIMEDOUT ""', '0 "pool"', '0 "0"', '0 "six"']);
    expect(stderr).toBe('');
  });

  it('joined-namespaces: only a joined container is served', async () => {
    const { stdout, stderr } = await example('joined-namespaces', []);
    expect(stdout).toMatch(
      /^server: .*:7000\nclient: exit code 0, hello\nstranger: exit code 1\ndebugger:\n/,
    );
    expect(stdout).toMatch(/^ +1 echo-server\n +\d+ ps$/m);
    expect(stderr).toBe('');
  });
});
