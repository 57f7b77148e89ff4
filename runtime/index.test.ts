// The package's entry against this machine's kernel: containers from beginning to end, and what is
// left of them.
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { example, gone, leftovers, Pipe } from './container/example-container.ts';
import { readHostFacts } from './host/read.ts';
import { ConfigError, KernelOpError, openContainer, run } from './index.ts';
import { planRows } from './plan/describe.ts';

const host = readHostFacts();
const node = promisify(execFile);
const ENTRY = join(import.meta.dirname, 'index.ts');

/**
 * Runs a program that imports the package's entry; `$entry` stands for it. Resolves when the
 * program has ended by itself.
 */
async function program(source: string): Promise<string> {
  const text = source.replaceAll('$entry', ENTRY);
  return (
    await node(process.execPath, ['--input-type=module', '--eval', text], { timeout: 20_000 })
  ).stdout;
}

describe.skipIf(host.euid !== 0)('run (needs root)', () => {
  it('resolves with how the command ended, what it took and what was performed', async () => {
    const options = example('/bin/sh', '-c', 'exit 7');
    const result = await run({ ...options, memory: '64m', cpus: 1, pidsLimit: 64 });
    expect(result).toMatchObject({
      id: options.id,
      exitCode: 7,
      signal: undefined,
      oomKilled: false,
      warnings: [],
    });
    expect(result.cpuTimeUs).toBeGreaterThan(0);
    const rows = planRows(result.plan);
    expect(result.trace.map(({ index, phase, kind }) => ({ index, phase, kind }))).toEqual(
      rows.map(({ index, phase, operation }) => ({ index, phase, kind: operation.kind })),
    );
    for (const entry of result.trace) {
      expect(entry.errno).toBe(0);
      expect(entry.endNs).toBeGreaterThanOrEqual(entry.startNs);
    }
    await gone(options.id);
  });

  it('connects descriptors of the caller', async () => {
    using input = new Pipe();
    using output = new Pipe();
    using errors = new Pipe();
    input.write('terrarium\n');
    const options = example(
      '/bin/sh',
      '-c',
      'read -r name; echo "hello $name"; echo "no $name" >&2',
    );
    const { exitCode } = await run({ ...options, stdio: [input.fd, output.fd, errors.fd] });
    expect(exitCode).toBe(0);
    expect(output.text).toBe('hello terrarium\n');
    expect(errors.text).toBe('no terrarium\n');
  });

  it('gives the command its user, environment, directory and no network', async () => {
    using output = new Pipe();
    const options = example(
      '/bin/sh',
      '-c',
      'id -u; echo $COLOUR; pwd; hostname; ls /sys/class/net',
    );
    await run({
      ...options,
      stdio: [output.fd, output.fd, output.fd],
      user: '12',
      env: { COLOUR: 'blue' },
      workdir: '/usr/bin',
    });
    expect(output.text).toBe('12\nblue\n/usr/bin\nbox\nlo\n');
  });

  it('says that the memory limit ended it, and by which signal', async () => {
    const options = example('/usr/bin/memory-hog', '64');
    expect(await run({ ...options, memory: '16m' })).toMatchObject({
      exitCode: undefined,
      signal: 'SIGKILL',
      oomKilled: true,
    });
    const { oomKilled } = await run({ ...example('/usr/bin/memory-hog', '64'), memory: '128m' });
    expect(oomKilled).toBe(false);
    await gone(options.id);
  });

  it('rejects with every wrong option', async () => {
    const wrong = run({ ...example('true'), hostname: 'a b', memory: '64mb?', cpus: 0 });
    await expect(wrong).rejects.toBeInstanceOf(ConfigError);
    await expect(wrong).rejects.toMatchObject({
      problems: [
        { path: 'hostname', value: 'a b' },
        { path: 'memory', value: '64mb?' },
        { path: 'cpus', value: 0 },
      ],
    });
  });

  it('rejects with the step that was refused, as fields', async () => {
    const options = example('no-such-command');
    const error = await run(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(KernelOpError);
    if (!(error instanceof KernelOpError)) return;
    const { step, steps, ...fields } = error.fields;
    expect(fields).toEqual({
      phase: 'exec',
      operation: 'execve no-such-command',
      syscall: 'execve',
      path: undefined,
      code: 'ENOENT',
      errno: constants.errno.ENOENT,
    });
    expect(step).toBe(steps);
    expect(error.hint).toMatch(/PATH/);
    expect(error.cleanupErrors).toEqual([]);
    await gone(options.id);
  });

  it('rejects for a command that is a directory', async () => {
    await expect(run(example('/etc'))).rejects.toMatchObject({
      fields: { phase: 'exec', code: 'EACCES' },
    });
  });
});

describe.skipIf(host.euid !== 0)('a signal that aborts (needs root)', () => {
  it('beforehand makes nothing', async () => {
    const options = example('true');
    await expect(
      run({ ...options, signal: AbortSignal.abort(new Error('too late')) }),
    ).rejects.toThrow('too late');
    expect(leftovers(options.id)).toEqual([]);
  });

  it('while it is being made ends it', async () => {
    const options = example('sleep', '60');
    const controller = new AbortController();
    const running = run({ ...options, network: 'veth', signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    await expect(running).rejects.toThrow('changed my mind');
    await gone(options.id);
  });

  it('while it runs ends it, with everything in it', async () => {
    using output = new Pipe();
    const options = example('/bin/sh', '-c', 'sleep 61 & sleep 62 & echo ready; wait');
    const controller = new AbortController();
    const running = run({
      ...options,
      stdio: [output.fd, output.fd, output.fd],
      signal: controller.signal,
    });
    await output.until('ready');
    expect(leftovers(options.id)).not.toEqual([]);
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await gone(options.id);
  });

  it('afterwards changes nothing', async () => {
    const controller = new AbortController();
    const { exitCode } = await run({ ...example('true'), signal: controller.signal });
    controller.abort();
    expect(exitCode).toBe(0);
  });
});

describe.skipIf(host.euid !== 0)('many (needs root)', () => {
  it('at once have different addresses, and leave nothing', async () => {
    const all = Array.from(
      { length: 20 },
      () => ({ ...example('true'), network: 'veth' }) as const,
    );
    const results = await Promise.all(all.map((options) => run(options)));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(all.map(() => 0));
    const addresses = results.map(({ plan }) => plan.link[0]?.peerAddress);
    expect(new Set(addresses).size).toBe(20);
    for (const { id } of all) await gone(id);
  });

  it('one after another leave no descriptor open', async () => {
    const once = () => run({ ...example('true'), network: 'veth', memory: '64m' });
    const descriptors = () =>
      readdirSync('/proc/self/fd')
        .flatMap((fd) => readlink(fd))
        .sort();
    await once();
    const before = descriptors();
    for (let count = 0; count < 50; count++) await once();
    await expect(run(example('no-such-command'))).rejects.toBeInstanceOf(KernelOpError);
    expect(descriptors()).toEqual(before);
  });
});

/**
 * What a descriptor is open on, without the numbers of pipes; nothing for the one that reads the
 * directory itself.
 */
function readlink(fd: string): string[] {
  try {
    return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
  } catch {
    return [];
  }
}

describe.skipIf(host.euid !== 0)('a program that uses the package (needs root)', () => {
  const options = (...command: string[]) => JSON.stringify(example(...command));

  it('ends by itself after its containers have', async () => {
    const source = `import { run } from '$entry'; console.log((await run(${options('/bin/sh', '-c', 'exit 3')})).exitCode);`;
    expect(await program(source)).toBe('3\n');
  });

  it('stays while one of them runs that is not awaited yet', async () => {
    const source = `import { createContainer } from '$entry';
      const container = await createContainer(${options('sleep', '0.2')});
      void container.wait().then(() => container.delete()).then(() => console.log('deleted'));`;
    expect(await program(source)).toBe('deleted\n');
  });

  it('does not stay for a detached one', async () => {
    const detached = { ...example('sleep', '60'), detach: true };
    const before = performance.now();
    const source = `import { createContainer } from '$entry'; console.log((await createContainer(${JSON.stringify(detached)})).state().status);`;
    expect(await program(source)).toBe('running\n');
    expect(performance.now() - before).toBeLessThan(30_000);
    await (await openContainer(detached.id)).delete({ force: true });
    await gone(detached.id);
  });
});

it('loads the modules for sockets and terminals only when they are needed', () => {
  const loaded = 'process.moduleLoadList.filter((name) => / (net|tty)$/.test(name)).join()';
  const source = `import '${ENTRY}'; const before = ${loaded};
    process.getBuiltinModule('node:tty'); console.log(before || 'none', ${loaded});`;
  // node:util looks at standard error, and loads them itself for a terminal or a pipe.
  const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  });
  expect(stdout).toBe('none NativeModule net,NativeModule tty\n');
});

it('refuses a user who is not root before anything is made', async () => {
  const options = example('true');
  const source = `import { run } from '$entry';
    if (process.geteuid() === 0) process.setuid(65534);
    await run(${JSON.stringify(options)}).catch(({ name, missing, hint }) => console.log(name, missing, hint));`;
  expect(await program(source)).toBe('HostError root run it with sudo\n');
  expect(leftovers(options.id)).toEqual([]);
});
