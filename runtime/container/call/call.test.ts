// Commands that are run to their end in one call: what they read and wrote, and what ends them
// early. Each limit beside the same program without it.
import { createReadStream, readdirSync, readlinkSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ConfigError, KernelOpError } from '../../base/errors.ts';
import { createContainer, createPool, RunError, run } from '../container.ts';
import { hostFacts } from '../create/prepare.ts';
import { example, gone, leftovers } from '../example-container.ts';

/** The RunError that it rejects with. */
async function failureOf(call: Promise<unknown>): Promise<RunError> {
  const reason = await call.then(
    () => 'resolved',
    (error: unknown) => error,
  );
  if (reason instanceof RunError) return reason;
  throw new Error('no RunError', { cause: reason });
}

const shell = (script: string) => {
  const { stdio: _, ...options } = example('/bin/sh', '-c', script);
  return options;
};

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return [];
    }
  });
}

describe.skipIf(hostFacts().euid !== 0)('what a command writes (needs root)', () => {
  it('is in the result, each stream by itself, whatever the exit code is', async () => {
    const result = await run({ ...shell('echo out; echo err >&2; exit 3'), stdio: 'pipe' });
    expect(result).toMatchObject({ stdout: 'out', stderr: 'err', exitCode: 3, failed: true });
    const right = await run({ ...shell('true'), stdio: 'pipe' });
    expect(right).toMatchObject({ stdout: '', stderr: '', exitCode: 0, failed: false });
  });

  it('is there where it was asked for, and nowhere else', async () => {
    const { stdout, stderr } = await run({
      ...shell('echo out; echo err >&2'),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect([stdout, stderr]).toEqual(['out', undefined]);
    const ignored = await run({ ...shell('echo out'), stdio: 'ignore' });
    expect([ignored.stdout, ignored.stderr]).toEqual([undefined, undefined]);
  });

  it('keeps its last newline when asked to, and its bytes always', async () => {
    const options = { ...shell("printf 'a\\n\\351\\n'"), stdio: 'pipe' } as const;
    expect((await run({ ...options })).stdout).toBe('a\n\ufffd');
    const text = await run({ ...options, id: example().id, stripFinalNewline: false });
    expect(text.stdout).toBe('a\n\ufffd\n');
    const bytes = await run({ ...options, id: example().id, encoding: 'buffer' });
    expect(bytes.stdout).toEqual(Buffer.from('a\n\xe9\n', 'latin1'));
    expect(bytes.stderr).toEqual(Buffer.alloc(0));
  });

  it('may be opened again by its name, as a file', async () => {
    const { stdout } = await run({ ...shell('echo again > /dev/stdout'), stdio: 'pipe' });
    expect(stdout).toBe('again');
  });

  it('is complete, however much and by whichever of its processes', async () => {
    const script = 'head -c 3000000 /dev/zero & head -c 3000000 /dev/zero; wait; printf end';
    const { stdout } = await run({ ...shell(script), stdio: 'pipe', encoding: 'buffer' });
    expect(stdout).toHaveLength(6_000_003);
    expect(stdout.subarray(-3).toString()).toBe('end');
  });

  it('ends with the container, whatever of it still runs', async () => {
    const { stdout, id } = await run({ ...shell('sleep 600 & echo done'), stdio: 'pipe' });
    expect(stdout).toBe('done');
    await gone(id);
  });
});

describe.skipIf(hostFacts().euid !== 0)('what a command reads (needs root)', () => {
  it.each([
    ['text', () => 'héllo'],
    ['bytes', () => Buffer.from('héllo')],
    ['a stream', () => Readable.from(['hé', 'llo'])],
    ['a file', () => createReadStream('/proc/self/comm')],
    ['nothing', () => ''],
  ])('is %s', async (kind, input) => {
    const { stdout } = await run({ ...shell('cat; echo .'), stdio: 'pipe', input: input() });
    const read = stdout.slice(0, -1);
    if (kind === 'a file') expect(read).toMatch(/./);
    else expect(read).toBe(kind === 'nothing' ? '' : 'héllo');
  });

  it('is given to it beside streams that are no pipes', async () => {
    const { exitCode, stdout } = await run({ ...example('grep', 'q', '-'), input: 'a q\n' });
    expect([exitCode, stdout]).toEqual([0, undefined]);
    const without = await run({ ...example('grep', 'q', '-'), input: 'a\n' });
    expect(without.exitCode).toBe(1);
  });

  it('ends at once without input', async () => {
    expect((await run({ ...shell('cat; echo .'), stdio: 'pipe' })).stdout).toBe('.');
  });

  it('may be more than it wants', async () => {
    const input = 'x'.repeat(5_000_000);
    const { stdout, exitCode } = await run({ ...shell('head -c 2'), stdio: 'pipe', input });
    expect([stdout, exitCode]).toEqual(['xx', 0]);
    const endless = new PassThrough();
    endless.write('y'.repeat(100));
    const result = await run({ ...shell('head -c 2'), stdio: 'pipe', input: endless });
    expect([result.stdout, endless.destroyed]).toEqual(['yy', true]);
  });

  it('is destroyed, too, when no command comes to read it', async () => {
    for (const more of [{ command: ['no-such-command'] }, { timeout: -1 }]) {
      const input = createReadStream('/proc/self/comm');
      await expect(run({ ...shell('cat'), input, ...more })).rejects.toThrow();
      expect(input.destroyed).toBe(true);
    }
  });

  it('fails with its stream, and ends the command', async () => {
    const input = new Readable({
      read() {
        this.destroy(Object.assign(new Error('disk on fire'), { code: 'EIO' }));
      },
    });
    const { id, ...options } = shell('echo began; cat; sleep 600');
    const error = await failureOf(run({ ...options, id, stdio: 'pipe', input }));
    expect(error).toMatchObject({ code: 'EIO', originalMessage: 'disk on fire', failed: true });
    expect(error.message).toMatch(/^command `.*` had an input that failed: disk on fire$/);
    await gone(id);
  });
});

describe.skipIf(hostFacts().euid !== 0)('what ends a command early (needs root)', () => {
  it('is its time: all that there was of it is in the error, and nothing on the host', async () => {
    const { id, ...options } = shell('echo part; sleep 0.4; echo whole');
    const error = await failureOf(run({ ...options, id, stdio: 'pipe', timeout: 200 }));
    expect(error).toMatchObject({
      ...{ name: 'RunError', code: 'ETIMEDOUT', timedOut: true, isCanceled: false, failed: true },
      ...{ id, stdout: 'part', stderr: '', exitCode: undefined, signal: 'SIGKILL' },
    });
    expect(error.shortMessage).toMatch(/^command `\/bin\/sh -c '.*'` timed out after 200 ms$/);
    expect(error.trace?.at(-1)).toMatchObject({ kind: 'execve', errno: 0 });
    await gone(id);
    const { stdout, timedOut } = await run({ ...options, stdio: 'pipe', timeout: 60_000 });
    expect([stdout, timedOut]).toEqual(['part\nwhole', false]);
  });

  it('is its time also without pipes', async () => {
    const { id, ...options } = example('sleep', '600');
    const error = await failureOf(run({ ...options, id, timeout: 100 }));
    expect([error.timedOut, error.stdout]).toEqual([true, undefined]);
    await gone(id);
  });

  it('is what it writes, of each stream by itself', async () => {
    const script = 'yes | head -c 1000; yes | head -c 1000 >&2; exit 5';
    const full = await failureOf(run({ ...shell(script), stdio: 'pipe', maxBuffer: 999 }));
    expect(full).toMatchObject({ isMaxBuffer: true, code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' });
    expect(full.stdout).toHaveLength(999);
    expect(full.message).toContain('wrote more than 999 bytes to its stdout');
    expect(full.hint).toContain('maxBuffer');
    const { exitCode } = await run({ ...shell(script), stdio: 'pipe', maxBuffer: 1000 });
    expect(exitCode).toBe(5);
    const { id, ...endless } = shell('yes');
    await failureOf(run({ ...endless, id, stdio: 'pipe', maxBuffer: 1_000_000 }));
    await gone(id);
  });

  it('is a signal, before, while and after it is made', async () => {
    const reason = new Error('enough');
    for (const wait of [0, 1, 2, 5, 10, 40]) {
      const { id, ...options } = shell('echo part; sleep 600');
      const controller = new AbortController();
      const call = run({ ...options, id, stdio: 'pipe', signal: controller.signal });
      setTimeout(() => controller.abort(reason), wait);
      const error = await failureOf(call);
      expect(error).toMatchObject({ isCanceled: true, code: 'ABORT_ERR', cause: reason });
      expect(error.message).toContain('was canceled: enough');
      expect(['', 'part']).toContain(error.stdout);
      await gone(id);
    }
    const { id, ...options } = shell('true');
    const early = await failureOf(
      run({ ...options, id, stdio: 'pipe', signal: AbortSignal.abort() }),
    );
    expect(early).toMatchObject({ name: 'AbortError', stdout: '', exitCode: undefined });
    expect(leftovers(id)).toEqual([]);
    const controller = new AbortController();
    const done = await run({ ...options, stdio: 'pipe', signal: controller.signal });
    controller.abort();
    expect(done.exitCode).toBe(0);
  });

  it('is itself, where that is to reject', async () => {
    const { id, ...options } = shell('echo why >&2; exit 7');
    const error = await failureOf(run({ ...options, id, stdio: 'pipe', reject: true }));
    expect(error).toMatchObject({ exitCode: 7, stderr: 'why', timedOut: false, code: undefined });
    expect(error.message).toMatch(/ failed with exit code 7$/);
    const killed = await failureOf(
      run({ ...shell('kill -9 $$'), stdio: 'ignore', reject: true, pid: 'host' }),
    );
    expect(killed.message).toMatch(/ was ended by SIGKILL$/);
    expect(await run({ ...shell('true'), stdio: 'ignore', reject: true })).toMatchObject({
      failed: false,
    });
  });

  it('is nothing of that when it cannot be executed', async () => {
    const { stdio: _, ...options } = example('no-such-command');
    const before = descriptors();
    const call = run({ ...options, stdio: 'pipe', input: 'x', timeout: 60_000, reject: true });
    await expect(call).rejects.toBeInstanceOf(KernelOpError);
    expect(descriptors()).toEqual(before);
  });
});

describe.skipIf(hostFacts().euid !== 0)('calls of a pool and of a container (needs root)', () => {
  it('a pool gives each command its input and has its output', async () => {
    const { id: _, command: __, ...options } = shell('');
    await using pool = await createPool({ ...options, size: 2, stdio: 'pipe' });
    const inputs = ['a', 'b', 'c', 'd'];
    const results = await Promise.all(
      inputs.map((input) => pool.run({ command: ['cat'], input, timeout: 60_000 })),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(inputs);
    expect((await pool.run({ command: ['cat'] })).stdout).toBe('');
    const sleep = { command: ['sh', '-c', 'echo part; sleep 600'], timeout: 100 };
    expect(await failureOf(pool.run(sleep))).toMatchObject({ timedOut: true, stdout: 'part' });
    const late = { command: ['true'], signal: AbortSignal.abort() };
    expect(await failureOf(pool.run(late))).toMatchObject({ isCanceled: true, stdout: '' });
    const bytes = await pool.run({ command: ['echo', 'x'], encoding: 'buffer' });
    expect(bytes.stdout).toEqual(Buffer.from('x\n'));
  });

  it('a pool without a pipe for it takes no input', async () => {
    const { id: _, command: __, ...options } = example();
    await using pool = await createPool({ ...options, size: 1 });
    const call = pool.run({ command: ['cat'], input: 'x' });
    await expect(call).rejects.toMatchObject({ problems: [{ path: 'input' }] });
    expect(await failureOf(pool.run({ command: ['sleep', '600'], timeout: 50 }))).toMatchObject({
      timedOut: true,
    });
  });

  it('a container runs commands, and goes on when one is ended', async () => {
    await using container = await createContainer(example('sleep', '600'));
    const result = await container.run({
      command: ['sh', '-c', 'cat; echo err >&2; exit 4'],
      stdio: 'pipe',
      input: 'in',
    });
    expect(result).toMatchObject({ stdout: 'in', stderr: 'err', exitCode: 4, failed: true });
    const slow = { command: ['sh', '-c', 'echo part; exec sleep 600'], stdio: 'pipe' } as const;
    const late = await failureOf(container.run({ ...slow, timeout: 200 }));
    expect(late).toMatchObject({ timedOut: true, stdout: 'part', signal: 'SIGKILL' });
    const abort = await failureOf(container.run({ ...slow, signal: AbortSignal.timeout(200) }));
    expect(abort).toMatchObject({ isCanceled: true, name: 'TimeoutError', stdout: 'part' });
    const failed = container.run({ command: ['false'], stdio: 'ignore', reject: true });
    expect(await failureOf(failed)).toMatchObject({ exitCode: 1 });
    expect(container.state().status).toBe('running');
    expect(container.processes()).toHaveLength(1);
  });

  it('what such a command has left running holds its pipe, until the time is up', async () => {
    await using container = await createContainer(example('sleep', '600'));
    const command = ['sh', '-c', 'echo out; sleep 0.5 & exit 0'];
    const before = performance.now();
    expect((await container.run({ command, stdio: 'pipe' })).stdout).toBe('out');
    expect(performance.now() - before).toBeGreaterThan(450);
    const held = ['sh', '-c', 'echo out; sleep 600 & exit 0'];
    const late = await failureOf(container.run({ command: held, stdio: 'pipe', timeout: 200 }));
    expect(late).toMatchObject({ timedOut: true, stdout: 'out', exitCode: 0 });
  });
});

describe.skipIf(hostFacts().euid !== 0)('options of a call (needs root)', () => {
  it.each([
    [{ timeout: -1 }, 'timeout'],
    [{ timeout: 2 ** 31 }, 'timeout'],
    [{ timeout: '5' }, 'timeout'],
    [{ maxBuffer: 0 }, 'maxBuffer'],
    [{ encoding: 'latin1' }, 'encoding'],
    [{ input: 5 }, 'input'],
    [{ reject: 'yes' }, 'reject'],
    [{ stripFinalNewline: 1 }, 'stripFinalNewline'],
    [{ signal: 5, stdio: 'pipe' }, 'signal'],
    [{ input: 'x', stdio: ['ignore', 1, 2] }, 'input'],
    [{ stdio: 'pipe', terminal: true }, 'stdio'],
    [{ stdio: 'pipe', detach: true }, 'stdio'],
    [{ input: 'x', terminal: true }, 'input'],
  ])('%j names what is wrong', async (more, path) => {
    const options: Parameters<typeof run>[0] = {
      ...shell('true'),
      ...JSON.parse(JSON.stringify(more)),
    };
    const error = await run(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ problems: [{ path }] });
  });

  it('are for verbs that wait for the end', async () => {
    const more = { timeout: 5 };
    const making = createContainer({ ...example('true'), ...more });
    await expect(making).rejects.toMatchObject({
      problems: [{ path: 'timeout' }],
      hint: 'run has it',
    });
    await using container = await createContainer(example('sleep', '600'));
    const exec = container.exec({ command: ['true'], ...more });
    await expect(exec).rejects.toMatchObject({ hint: 'container.run has it' });
  });
});

describe.skipIf(hostFacts().euid !== 0)('calls leave nothing (needs root)', () => {
  it('no descriptor and no listener, however they end', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, given);
    };
    const once = async () => {
      await run({ ...shell('cat'), stdio: 'pipe', input: 'x'.repeat(200_000), signal });
      await failureOf(run({ ...shell('yes'), stdio: 'pipe', maxBuffer: 10, signal }));
      await failureOf(run({ ...shell('sleep 9'), stdio: 'pipe', timeout: 30, signal }));
      await using box = await createContainer({ ...shell('cat'), stdio: 'pipe' });
      await box.run({ command: ['cat'], stdio: 'pipe', input: 'x', signal });
    };
    await once();
    const before = descriptors();
    for (let count = 0; count < 5; count++) await once();
    await expect.poll(() => descriptors().length).toBe(before.length);
    expect(listeners).toBe(0);
  });
});
