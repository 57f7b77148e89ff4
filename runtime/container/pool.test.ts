// A pool against this machine's kernel: each prepared container is used once, and nothing of it is
// there for the next.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, KernelOpError, StateError } from '../base/errors.ts';
import { collectGarbage, createPool, listContainers, openContainer } from './container.ts';
import { hostFacts } from './create/prepare.ts';
import { example, gone, Pipe } from './example-container.ts';

const ENTRY = join(import.meta.dirname, '../index.ts');
/** Other runs on this host have pools of their own. */
const RUN = randomBytes(3).toString('hex');

function common(name: string) {
  const { id: _, command: __, ...options } = example();
  return { ...options, hostname: `${name}-${RUN}` };
}

/** The containers of a pool, by the hostname that they all have. */
function of(name: string) {
  return listContainers().filter(({ hostname }) => hostname === `${name}-${RUN}`);
}

describe.skipIf(hostFacts().euid !== 0)('a pool (needs root)', () => {
  afterEach(async () => {
    expect(listContainers().filter(({ hostname }) => hostname.endsWith(`-${RUN}`))).toEqual([]);
  });

  it('keeps its number prepared and runs whatever comes, with its own environment and result', async () => {
    using output = new Pipe();
    const stdio = [output.fd, output.fd, output.fd] as const;
    await using pool = await createPool({
      ...common('pool-runs'),
      size: 2,
      stdio,
      env: { COMMON: 'all' },
    });
    expect(of('pool-runs').map(({ status }) => status)).toEqual(['created', 'created']);
    const results = await Promise.all([
      pool.run({ command: ['/bin/sh', '-c', 'echo $COMMON $OWN; exit 3'], env: { OWN: 'mine' } }),
      pool.run({ command: ['sh', '-c', 'kill -9 $$; sleep 1'], env: ['OWN=other'] }),
      // More than are prepared.
      pool.run({ command: ['true'] }),
    ]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([3, 0, 0]);
    expect(output.text).toContain('all mine\n');
    expect(new Set(results.map(({ id }) => id)).size).toBe(3);
    expect(results[0]?.plan.exec.args).toEqual(['/bin/sh', '-c', 'echo $COMMON $OWN; exit 3']);
    expect(results[0]?.trace.at(-1)).toMatchObject({ kind: 'execve', errno: 0 });
    for (const { id } of results) await gone(id);
    await expect
      .poll(() => of('pool-runs').map(({ status }) => status))
      .toEqual(['created', 'created']);
  });

  it('shows nothing of one container to the next', async () => {
    const look =
      'ls /dev/shm /dev/mqueue; hostname; echo $TRACE; pidof sleep >/dev/null && echo left; true';
    const leave =
      'touch /dev/shm/left /dev/mqueue/left; hostname left; export TRACE=left; sleep 60 & until pidof sleep >/dev/null; do :; done;';
    const seen = async (script: string) => {
      using output = new Pipe();
      const stdio = [output.fd, output.fd, output.fd] as const;
      await using pool = await createPool({
        ...common('pool-trace'),
        size: 1,
        stdio,
        capAdd: ['SYS_ADMIN'],
      });
      const first = await pool.run({ command: ['sh', '-c', script] });
      const mark = output.text.length;
      const second = await pool.run({ command: ['sh', '-c', look] });
      expect([first.exitCode, second.exitCode, first.id === second.id]).toEqual([0, 0, false]);
      return [output.text.slice(0, mark), output.text.slice(mark)].map(
        (text) => text.split('\n').filter((line) => line === 'left').length,
      );
    };
    // The control: in the same container all five are seen.
    expect(await seen(`${leave} ${look}`)).toEqual([5, 0]);
  });

  it('names a command that cannot be executed, and goes on', async () => {
    await using pool = await createPool({ ...common('pool-command'), size: 1 });
    const failed = pool.run({ command: ['no-such-command'] });
    await expect(failed).rejects.toBeInstanceOf(KernelOpError);
    await expect(failed).rejects.toMatchObject({
      message: expect.stringContaining('no-such-command'),
      fields: { code: 'ENOENT' },
    });
    await expect(pool.run({ command: [] })).rejects.toBeInstanceOf(ConfigError);
    expect((await pool.run({ command: ['true'] })).exitCode).toBe(0);
  });

  it('names an environment that is none as it was given, also beside a common one', async () => {
    using output = new Pipe();
    const stdio = [output.fd, output.fd, output.fd] as const;
    await using pool = await createPool({
      ...common('pool-env'),
      size: 1,
      stdio,
      env: ['HOME=common', 'COMMON=all'],
    });
    const wrong = [
      [5, 'env'],
      ['OWN=mine', 'env'],
      [{ OWN: 5 }, 'env'],
      [{ 'OWN=': 'mine' }, 'env.OWN='],
      [['OWN=mine', 'OWN'], 'env[1]'],
    ];
    for (const [env, path] of JSON.parse(JSON.stringify(wrong))) {
      await expect(pool.run({ command: ['true'], env })).rejects.toMatchObject({
        problems: [{ path }],
      });
    }
    await pool.run({
      command: ['sh', '-c', 'echo $HOME $COMMON $PATH'],
      env: { PATH: '/bin', COMMON: 'own' },
    });
    expect(output.text).toBe('common own /bin\n');
  });

  it('does not hand out what was killed while it waited, and ends what is aborted', async () => {
    await using pool = await createPool({ ...common('pool-killed'), size: 2 });
    for (const { id } of of('pool-killed')) (await openContainer(id)).kill();
    await expect
      .poll(() => of('pool-killed').every(({ status }) => status === 'stopped'))
      .toBe(true);
    expect((await pool.run({ command: ['true'] })).exitCode).toBe(0);
    const abort = new AbortController();
    const long = pool.run({ command: ['sleep', '60'], signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(long).rejects.toThrow('enough');
  });

  it('refuses what it cannot prepare, and takes nothing once it is closed', async () => {
    for (const size of [0, 1.5, 1001])
      await expect(createPool({ ...common('pool-size'), size })).rejects.toBeInstanceOf(
        ConfigError,
      );
    await expect(
      createPool({ ...common('pool-rootfs'), size: 2, rootfs: '/no/such/root' }),
    ).rejects.toBeInstanceOf(ConfigError);
    const pool = await createPool({ ...common('pool-closed'), size: 2 });
    const ids = of('pool-closed').map(({ id }) => id);
    await pool.close();
    for (const id of ids) await gone(id);
    await expect(pool.run({ command: ['true'] })).rejects.toBeInstanceOf(StateError);
  });

  it('whose process is killed leaves what garbage collection takes back', async () => {
    const options = JSON.stringify({ ...common('pool-orphan'), size: 3, memory: '64m' });
    const source = `import { createPool } from '${ENTRY}'; await createPool(${options}); process.kill(process.pid, 'SIGKILL');`;
    const killed = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    const ids = of('pool-orphan').map(({ id }) => id);
    expect(ids).toHaveLength(3);
    while (of('pool-orphan').some(({ status }) => status !== 'stopped')) await delay(2);
    await collectGarbage();
    for (const id of ids) await gone(id);
  });
});
