// The verbs of a container against this machine's kernel: start, exec, wait, kill, delete, from
// this process and from another.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KernelOpError, StateError, TerrariumError } from '../base/errors.ts';
import { readHostFacts } from '../host/read.ts';
import { createContainer, listContainers, openContainer, planFor } from './container.ts';
import { claimsOf, example, gone, leftovers, Pipe } from './example-container.ts';
import { run } from './run.ts';

const host = readHostFacts();
const { SIGTERM } = constants.signals;
const ENTRY = join(import.meta.dirname, '../index.ts');

/**
 * What another process finds out: the value of an expression that may use `container`, opened by
 * its id.
 */
async function elsewhere(id: string, expression: string): Promise<unknown> {
  const source = `import { openContainer } from '${ENTRY}'; const container = await openContainer('${id}');
    console.log(JSON.stringify(await ${expression} ?? null));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', source],
    { timeout: 20_000 },
  );
  return JSON.parse(stdout);
}

describe.skipIf(host.euid !== 0)('a container (needs root)', () => {
  it('waits for its start with everything but the command done', async () => {
    using output = new Pipe();
    const options = example('/bin/sh', '-c', 'echo started; hostname');
    await using container = await createContainer({
      ...options,
      stdio: [output.fd, output.fd, output.fd],
      start: false,
    });
    expect(container.state()).toMatchObject({
      id: options.id,
      status: 'created',
      pid: container.pid,
      hostname: 'box',
      abandoned: false,
    });
    await expect(async () => container.exec({ command: ['true'] })).rejects.toThrow(
      'is not running',
    );
    expect(output.text).toBe('');
    await container.start();
    await expect(container.start()).rejects.toBeInstanceOf(StateError);
    expect(await container.wait()).toEqual({ exitCode: 0, signal: undefined });
    expect(output.text).toBe('started\nbox\n');
    expect(container.state()).toMatchObject({ status: 'stopped', pid: 0 });
  });

  it('says at its start that the command cannot be executed, and is stopped then', async () => {
    await using container = await createContainer({ ...example('no-such-command'), start: false });
    const failed = container.start();
    await expect(failed).rejects.toBeInstanceOf(KernelOpError);
    await expect(failed).rejects.toMatchObject({
      fields: { phase: 'exec', code: 'ENOENT', syscall: 'execve' },
    });
    expect(await container.wait()).toEqual({ exitCode: 127, signal: undefined });
    expect(container.state().status).toBe('stopped');
  });

  it('says at its start that its init has been killed', async () => {
    await using container = await createContainer({ ...example('true'), start: false });
    process.kill(container.pid, 'SIGKILL');
    await container.wait();
    await expect(container.start()).rejects.toBeInstanceOf(TerrariumError);
  });

  it('is gone after the block it was used in, whatever happened there', async () => {
    const options = example('sleep', '60');
    const block = async () => {
      await using container = await createContainer({ ...options, network: 'veth' });
      expect(container.state().status).toBe('running');
      expect(leftovers(options.id)).not.toEqual([]);
      expect(claimsOf(options.id)).toHaveLength(1);
      throw new Error('in the block');
    };
    await expect(block()).rejects.toThrow('in the block');
    await gone(options.id);
  });

  it('ends with the signal that it is sent', async () => {
    await using container = await createContainer({ ...example('sleep', '60'), init: true });
    container.kill(SIGTERM);
    expect(await container.wait()).toEqual({ exitCode: 128 + SIGTERM, signal: undefined });
    await using other = await createContainer(example('sleep', '60'));
    const waits = [other.wait(), other.wait()];
    other.kill();
    expect(await Promise.all(waits)).toEqual(
      Array(2).fill({ exitCode: undefined, signal: 'SIGKILL' }),
    );
    expect(() => other.kill()).toThrow(StateError);
  });

  it('is not deleted while it runs, unless that is insisted on, and then once', async () => {
    const options = example('sleep', '60');
    const container = await createContainer(options);
    await expect(container.delete()).rejects.toThrow(`container ${options.id} is running`);
    await Promise.all([container.delete({ force: true }), container.delete({ force: true })]);
    await container.delete();
    await gone(options.id);
    expect(() => container.state()).toThrow(StateError);
    await expect(openContainer(options.id)).rejects.toBeInstanceOf(StateError);
  });

  it('has limits that can be read and changed', async () => {
    await using container = await createContainer({
      ...example('sleep', '60'),
      memory: '64m',
      pidsLimit: 20,
    });
    expect(container.stats()).toMatchObject({
      memory: { limitBytes: 64 * 2 ** 20, oomKills: 0 },
      pids: { current: 1, limit: 20 },
    });
    container.update({ pidsLimit: 30 });
    expect(container.stats()).toMatchObject({
      memory: { limitBytes: 64 * 2 ** 20 },
      pids: { limit: 30 },
    });
    expect(container.processes()).toMatchObject([
      { pid: 1, hostPid: container.pid, uid: 0, command: 'sleep 60' },
    ]);
    expect(listContainers().map(({ id }) => id)).toContain(container.id);
  });

  it('receives more than its socket holds, also while other spawns are queued', async () => {
    const env = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`LARGE_${index}`, 'x'.repeat(100_000)]),
    );
    const starts = Array.from({ length: 4 }, () =>
      run({
        ...example('/bin/sh', '-c', 'test "$(echo "$LARGE_7" | wc -c)" = 100001'),
        env,
        stdio: 'ignore',
      }),
    );
    expect((await Promise.all(starts)).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  });

  it('is known to have been executed however short it was, while others are spawned and forked', async () => {
    const lane = async (work: () => Promise<unknown>) => {
      for (let number = 0; number < 40; number++) await work();
    };
    const short = async () => expect((await run(example('/bin/true'))).exitCode).toBe(0);
    const fork = () => promisify(execFile)('/bin/true');
    await Promise.all([...Array.from({ length: 8 }, () => lane(short)), lane(fork)]);
  });

  it('is known to be running a moment after its start, also for a caller that only waits for its exit', async () => {
    const abort = new AbortController();
    const options = example('sleep', '60');
    const running = run({ ...options, signal: abort.signal });
    const status = () => listContainers().find(({ id }) => id === options.id)?.status;
    await expect.poll(status, { interval: 2 }).toBe('running');
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await gone(options.id);
  });

  it('takes another address when the numbers of its link are those of an unclaimed link', async () => {
    const { stdio, ...options } = { ...example('/bin/true'), network: 'veth' as const };
    const [planned] = planFor(options).plan.link;
    const name = `tr${randomBytes(4).toString('hex')}`;
    await promisify(execFile)('ip', [
      ...[
        'link',
        'add',
        name,
        'index',
        String(planned?.hostIndex),
        'type',
        'veth',
        'peer',
        'name',
        `${name}p`,
      ],
    ]);
    try {
      const ended = await run({ ...options, stdio });
      expect(ended.exitCode).toBe(0);
      expect(ended.plan.link[0]?.hostAddress).not.toBe(planned?.hostAddress);
    } finally {
      await promisify(execFile)('ip', ['link', 'del', name]);
    }
  });

  it('keeps its id to itself', async () => {
    const options = example('sleep', '60');
    await using container = await createContainer(options);
    await expect(createContainer(options)).rejects.toThrow(
      `container ${options.id} exists already`,
    );
    expect(container.state().status).toBe('running');
  });
});

describe.skipIf(host.euid !== 0)('one more process (needs root)', () => {
  it('is in the container, as who, where and with what it was asked', async () => {
    using output = new Pipe();
    const stdio = [output.fd, output.fd, output.fd] as const;
    await using container = await createContainer({
      ...example('sleep', '60'),
      env: { COLOUR: 'blue', SIZE: 'small' },
    });
    const command = [
      '/bin/sh',
      '-c',
      'id -u; id -g; pwd; echo $COLOUR $SIZE $SHAPE; hostname; ps -o pid,args | grep -c "sleep 6[0]"',
    ];
    const process = await container.exec({
      command,
      stdio,
      user: '12:34',
      workdir: '/usr/bin',
      env: ['COLOUR=red', 'SHAPE=round'],
    });
    expect(await process.wait()).toEqual({ exitCode: 0, signal: undefined });
    expect(output.text).toBe('12\n34\n/usr/bin\nred small round\nbox\n1\n');
  });

  it('ends as it ends, and is ended by a signal', async () => {
    await using container = await createContainer(example('sleep', '60'));
    const quick = await container.exec({ command: ['/bin/sh', '-c', 'exit 9'], stdio: 'ignore' });
    expect(await quick.wait()).toEqual({ exitCode: 9, signal: undefined });
    const slow = await container.exec({ command: ['sleep', '60'], stdio: 'ignore' });
    slow.kill(SIGTERM);
    expect(await slow.wait()).toEqual({ exitCode: undefined, signal: 'SIGTERM' });
    slow.kill(SIGTERM);
    expect(container.state().status).toBe('running');
  });

  it('is refused by name, and ends with its container', async () => {
    await using container = await createContainer(example('sleep', '60'));
    await expect(
      container.exec({ command: ['no-such-command'], stdio: 'ignore' }),
    ).rejects.toMatchObject({
      fields: { phase: 'exec', code: 'ENOENT', operation: 'execve no-such-command' },
    });
    const process = await container.exec({ command: ['sleep', '60'], stdio: 'ignore' });
    container.kill();
    expect(await process.wait()).toEqual({ exitCode: undefined, signal: 'SIGKILL' });
    await container.wait();
    await expect(async () => container.exec({ command: ['true'] })).rejects.toBeInstanceOf(
      StateError,
    );
  });
});

describe.skipIf(host.euid !== 0)('from another process (needs root)', () => {
  it('a detached container is waited for, and its status is known', async () => {
    await using container = await createContainer({
      ...example('/bin/sh', '-c', 'echo out; sleep 0.3; exit 5'),
      detach: true,
    });
    expect(await elsewhere(container.id, 'container.wait()')).toEqual({ exitCode: 5 });
    expect(container.state()).toMatchObject({ status: 'stopped', exitCode: 5 });
    const pieces: Uint8Array[] = [];
    for await (const bytes of container.logs()) pieces.push(bytes);
    expect(Buffer.concat(pieces).toString()).toBe('out\n');
  });

  it('a container in the foreground is waited for, and its status is unknown there', async () => {
    await using container = await createContainer(example('/bin/sh', '-c', 'sleep 0.3; exit 5'));
    expect(await elsewhere(container.id, 'container.wait()')).toEqual({});
    expect(await container.wait()).toEqual({ exitCode: 5, signal: undefined });
  });

  it('a container is killed and deleted, and its maker finds it gone', async () => {
    const container = await createContainer({ ...example('sleep', '60'), detach: true });
    expect(await elsewhere(container.id, 'container.delete({ force: true })')).toBeNull();
    await gone(container.id);
    expect(await container.wait()).toEqual({ exitCode: undefined, signal: undefined });
    expect(() => container.state()).toThrow(StateError);
    await container.delete();
  });

  it('a container in the foreground ends with its maker, and any gc undoes it', async () => {
    const options = example('sleep', '60');
    const source = `import { createContainer } from '${ENTRY}'; const container = await createContainer(${JSON.stringify({ ...options, network: 'veth' })});
      process.kill(process.pid, 'SIGKILL');`;
    await expect(
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]),
    ).rejects.toMatchObject({
      signal: 'SIGKILL',
    });
    const found = await openContainer(options.id);
    while (found.state().status !== 'stopped') await delay(2);
    expect(found.state()).toMatchObject({ abandoned: true });
    await found.delete();
    await gone(options.id);
  });
});
