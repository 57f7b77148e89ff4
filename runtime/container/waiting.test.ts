// A signal ends the waiting of every verb that waits, and not what is waited for.
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  collectGarbage,
  createContainer,
  createPool,
  openContainer,
  surveyContainers,
} from './container.ts';
import { hostFacts } from './create/prepare.ts';
import { deleteContainer } from './end/delete.ts';
import { example, gone } from './example-container.ts';

const reason = new Error('not now');
const aborted = AbortSignal.abort(reason);

/** Aborted in a moment. */
function soon(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  return controller.signal;
}

describe.skipIf(hostFacts().euid !== 0)('a signal (needs root)', () => {
  it('ends waiting for a container, in its maker and in others, and it goes on', async () => {
    await using container = await createContainer({ ...example('sleep', '600'), detach: true });
    const found = await openContainer(container.id);
    for (const one of [container, found])
      for (const signal of [soon(), aborted]) {
        await expect(one.wait({ signal })).rejects.toBe(reason);
        expect(getEventListeners(signal, 'abort')).toEqual([]);
      }
    expect(found.state().status).toBe('running');
    const { signal } = new AbortController();
    const ends = [container.wait({ signal }), found.wait({ signal })];
    container.kill('TERM');
    container.kill('SIGKILL');
    for (const end of ends) expect(await end).toMatchObject({ signal: 'SIGKILL' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends waiting for a process in it', async () => {
    await using container = await createContainer(example('sleep', '600'));
    const executed = await container.exec({ command: ['sleep', '600'], stdio: 'ignore' });
    await expect(executed.wait({ signal: soon() })).rejects.toBe(reason);
    executed.kill('SIGTERM');
    expect(await executed.wait()).toEqual({ exitCode: undefined, signal: 'SIGTERM' });
  });

  it('ends a start, and with it the container', async () => {
    const options = { ...example('sleep', '600'), start: false };
    await using container = await createContainer(options);
    await expect(container.start({ signal: aborted })).rejects.toBe(reason);
    expect(container.state().status).toBe('created');
    const controller = new AbortController();
    const start = container.start({ signal: controller.signal });
    controller.abort(reason);
    await expect(start).rejects.toBe(reason);
    expect(await container.wait()).toMatchObject({ signal: 'SIGKILL' });
  });

  it('before a deletion leaves everything, and later changes nothing', async () => {
    const container = await createContainer(example('sleep', '600'));
    const { id } = container;
    await expect(container.delete({ force: true, signal: aborted })).rejects.toBe(reason);
    await expect(deleteContainer(id, { force: true, signal: aborted })).rejects.toBe(reason);
    expect(container.state().status).toBe('running');
    const controller = new AbortController();
    const deletion = container.delete({ force: true, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await deletion;
    await gone(id);
  });

  it('ends following a log', async () => {
    const options = { ...example('sh', '-c', 'echo hi; sleep 600'), detach: true };
    await using container = await createContainer(options);
    const follow = async () => {
      for await (const _ of container.logs({ follow: true, signal: soon() }));
    };
    await expect(follow()).rejects.toBe(reason);
  });

  it('ends the preparing of a pool, of which nothing is left', async () => {
    const { id, command: _, ...others } = example();
    const options = { ...others, hostname: id };
    const left = () => surveyContainers().containers.filter(({ hostname }) => hostname === id);
    const controller = new AbortController();
    const making = createPool({ ...options, size: 5, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(making).rejects.toBe(reason);
    expect(left()).toEqual([]);
    await using pool = await createPool({
      ...options,
      size: 1,
      signal: new AbortController().signal,
    });
    await expect(pool.ready({ signal: aborted })).rejects.toBe(reason);
    expect(left()).toHaveLength(1);
  });

  it('keeps gc from going on', async () => {
    await expect(collectGarbage({ signal: aborted })).rejects.toBe(reason);
  });
});

describe.skipIf(hostFacts().euid !== 0)('a watcher (needs root)', () => {
  it('that is slow is waited for, since it records the exit', async () => {
    const options = { ...example('sleep', '600'), detach: true };
    await using container = await createContainer(options);
    const found = await openContainer(container.id);
    const { pid = -1 } = found.state();
    const watcher = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    process.kill(watcher, 'SIGSTOP');
    setTimeout(() => process.kill(watcher, 'SIGCONT'), 600);
    process.kill(pid, 'SIGKILL');
    expect(await found.wait()).toMatchObject({ signal: 'SIGKILL' });
  });
});
