// What is known afterwards: kills at the memory limit wherever they happened, and processes that
// nothing has waited for.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readHostFacts } from '../../host/read.ts';
import { createContainer, listContainers, openContainer } from '../container.ts';
import { example, Pipe } from '../example-container.ts';

const LIMITED = { memory: '20m' };

describe.skipIf(readHostFacts().euid !== 0)('a kill at the memory limit (needs root)', () => {
  it('is in the state of a detached container, in the list and in what wait answers', async () => {
    await using made = await createContainer({
      ...example('memory-hog', '100'),
      ...LIMITED,
      detach: true,
    });
    expect(await made.wait()).toMatchObject({ oomKilled: true });
    const found = await openContainer(made.id);
    expect(await found.wait()).toMatchObject({ signal: 'SIGKILL', oomKilled: true });
    expect(found.state()).toMatchObject({ status: 'stopped', oomKilled: true });
    expect(listContainers().find(({ id }) => id === made.id)).toMatchObject({ oomKilled: true });
  });

  it('is not said of one that was killed otherwise', async () => {
    await using made = await createContainer({
      ...example('sleep', '60'),
      ...LIMITED,
      detach: true,
    });
    made.kill();
    expect(await made.wait()).toEqual({ exitCode: undefined, signal: 'SIGKILL' });
    expect(made.state()).not.toHaveProperty('oomKilled');
  });

  it('is said of the exec in which it happened, and of no later one', async () => {
    await using container = await createContainer({ ...example('sleep', '60'), ...LIMITED });
    const exec = async (...command: string[]) =>
      (await container.exec({ command, stdio: 'ignore' })).wait();
    expect(await exec('memory-hog', '100')).toMatchObject({ signal: 'SIGKILL', oomKilled: true });
    expect(await exec('true')).toEqual({ exitCode: 0, signal: undefined });
    expect(container.state()).toMatchObject({ status: 'running', oomKilled: true });
  });
});

describe.skipIf(readHostFacts().euid !== 0)('processes (needs root)', () => {
  it('are listed with those that have ended and were not waited for', async () => {
    using output = new Pipe();
    await using container = await createContainer(example('sleep', '60'));
    const orphan = ['sh', '-c', '(sleep 0.01; exit 3) & exit 0'];
    await (await container.exec({ command: orphan, stdio: 'ignore' })).wait();
    const states = () => container.processes().map(({ state, command }) => `${state} ${command}`);
    while (!states().includes('Z [sh]')) await delay(5);
    await expect.poll(states, { interval: 5 }).toEqual(['S sleep 60', 'Z [sh]']);
    expect(container.stats().pids?.current).toBe(2);
    const command = ['ps', '-o', 'stat,pid'];
    await (await container.exec({ command, stdio: [output.fd, output.fd, output.fd] })).wait();
    const inside = output.text.split('\n').filter((line) => line.startsWith('Z'));
    const zombies = container.processes().filter(({ state }) => state === 'Z');
    expect(inside.map((line) => Number(line.split(/\s+/)[1]))).toEqual(
      zombies.map(({ pid }) => pid),
    );
  });
});
