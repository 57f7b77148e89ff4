// The streams of a container and of a process in it: nothing is lost, nothing grows without bound,
// and nothing waits for ever.
import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createContainer, openContainer } from '../container.ts';
import { hostFacts } from '../create/prepare.ts';
import { example, gone } from '../example-container.ts';

const piped = (script: string) => ({
  ...example('/bin/sh', '-c', script),
  stdio: 'pipe' as const,
});

describe.skipIf(hostFacts().euid !== 0)('streams of a container (needs root)', () => {
  it('carry what the program writes, and what the container answers', async () => {
    await using container = await createContainer(piped('while read -r a; do echo "<$a>"; done'));
    container.stdin.write('one\n');
    const lines: string[] = [];
    for await (const line of container.stdout.setEncoding('utf8')) {
      lines.push(line);
      if (lines.length === 1) container.stdin.end('two\n');
    }
    expect(lines.join('')).toBe('<one>\n<two>\n');
    expect(await container.wait()).toEqual({ exitCode: 0, signal: undefined });
    expect(await text(container.stderr)).toBe('');
  });

  it('exist only where they were asked for, and with who made them', async () => {
    const options = { ...piped('sleep 600'), stdio: ['ignore', 'pipe', 'ignore'] as const };
    await using container = await createContainer(options);
    expect([container.stdin, container.stderr]).toEqual([undefined, undefined]);
    expect(container.stdout).toBeDefined();
    expect((await openContainer(container.id)).stdout).toBeUndefined();
  });

  it('make the container wait for a slow reader, who gets all of it', async () => {
    // Its own count, by what dd has written so far.
    const script =
      'i=0; while [ $i -lt 400 ]; do head -c 10000 /dev/zero; i=$((i+1)); echo $i >&2; done';
    await using container = await createContainer(piped(script));
    let written = 0;
    container.stderr.setEncoding('utf8').on('data', (lines: string) => {
      written = Number(lines.trimEnd().split('\n').at(-1));
    });
    container.stdout.once('readable', () => {});
    const settled = async () => {
      for (let before = -1; before !== written; await delay(100)) before = written;
      return written * 10_000;
    };
    expect(await settled()).toBeLessThan(300_000);
    expect(container.state().status).toBe('running');
    expect(await buffer(container.stdout)).toHaveLength(4_000_000);
    expect(await container.wait()).toMatchObject({ exitCode: 0 });
  });

  it('keep what was not read when the container ended, up to its deletion', async () => {
    const container = await createContainer(piped('head -c 3000000 /dev/zero; echo why >&2'));
    // More than pipe and stream hold: without `wait` it would be waiting for a reader.
    expect(await container.wait()).toMatchObject({ exitCode: 0 });
    expect(await buffer(container.stdout)).toHaveLength(3_000_000);
    await container.delete();
    expect(container.stderr.destroyed).toBe(true);
    await gone(container.id);
  });

  it('drop what is not read once it is too much, and the container goes on', async () => {
    await using container = await createContainer(piped('head -c 20000000 /dev/zero; exit 3'));
    expect(await container.wait()).toMatchObject({ exitCode: 3 });
    await expect(buffer(container.stdout)).rejects.toMatchObject({
      code: 'ERR_STREAM_PREMATURE_CLOSE',
    });
  });

  it('are complete in listeners when the end has been waited for', async () => {
    await using container = await createContainer(piped('head -c 2000000 /dev/zero'));
    let length = 0;
    container.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    await container.wait();
    expect(length).toBe(2_000_000);
  });

  it('are complete for a slow reader although the container is deleted', async () => {
    const container = await createContainer(piped('head -c 500000 /dev/zero'));
    const slow = new PassThrough({ highWaterMark: 1000 });
    container.stdout.pipe(slow);
    const all = (async () => {
      let length = 0;
      for await (const chunk of slow) {
        length += chunk.length;
        await delay(1);
      }
      return length;
    })();
    await container.wait();
    await container.delete();
    expect(await all).toBe(500_000);
  });

  it('are no longer waited for when their reader has gone', async () => {
    const container = await createContainer(piped('head -c 3000000 /dev/zero'));
    const { stdout } = container;
    for await (const _ of stdout.iterator({ destroyOnReturn: false })) break;
    expect(await container.wait()).toMatchObject({ exitCode: 0 });
    expect(stdout.destroyed).toBe(false);
    await container.delete();
    expect(stdout.destroyed).toBe(true);
  });

  it('take what a container does not read without an error for the program', async () => {
    await using container = await createContainer(piped('exit 0'));
    const written = pipeline([Buffer.alloc(10_000_000)], container.stdin);
    await expect(written).rejects.toMatchObject({
      code: expect.stringMatching(/EPIPE|ECANCELED|PREMATURE/),
    });
    container.stdin.write('too late');
    expect(await container.wait()).toMatchObject({ exitCode: 0 });
  });

  it('of a container that waits for its start are there before', async () => {
    await using container = await createContainer({ ...piped('cat'), start: false });
    container.stdin.end('early');
    await container.start();
    expect(await text(container.stdout)).toBe('early');
  });

  it('of one more process are its own', async () => {
    await using container = await createContainer(example('sleep', '600'));
    const cat = await container.exec({ command: ['cat'], stdio: 'pipe' });
    const other = await container.exec({ command: ['sh', '-c', 'cat >&2'], stdio: 'pipe' });
    cat.stdin.end('a');
    other.stdin.end('b');
    expect(await text(cat.stdout)).toBe('a');
    expect(await cat.wait()).toMatchObject({ exitCode: 0 });
    expect(await other.wait()).toMatchObject({ exitCode: 0 });
    expect([await text(other.stdout), await text(other.stderr)]).toEqual(['', 'b']);
  });
});
