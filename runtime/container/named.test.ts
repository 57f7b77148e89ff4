// A container by the hostname that only one has.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readHostFacts } from '../host/read.ts';
import { createContainer } from './container.ts';
import { example } from './example-container.ts';
import { openNamed } from './named.ts';

const hostname = () => `web-${randomBytes(4).toString('hex')}`;

describe.skipIf(readHostFacts().euid !== 0)('a container by name (needs root)', () => {
  it('is the one with the id, and else the only one with the hostname', async () => {
    const name = hostname();
    await using made = await createContainer({ ...example('sleep', '60'), hostname: name });
    expect((await openNamed(made.id)).id).toBe(made.id);
    expect((await openNamed(name)).id).toBe(made.id);
    await expect(openNamed(hostname())).rejects.toThrow('there is no container web-');
  });

  it('is none of several that run, which are named', async () => {
    const name = hostname();
    await using first = await createContainer({ ...example('sleep', '60'), hostname: name });
    await using second = await createContainer({ ...example('sleep', '60'), hostname: name });
    const refused = await openNamed(name).catch((error: unknown) => String(error));
    expect(refused).toContain(`several containers have the hostname ${name}`);
    expect(refused).toContain(`${first.id} (running)`);
    expect(refused).toContain(`${second.id} (running)`);
  });

  it('is the only one of them that runs', async () => {
    const name = hostname();
    await using ended = await createContainer({ ...example('true'), hostname: name });
    await ended.wait();
    await using running = await createContainer({ ...example('sleep', '60'), hostname: name });
    expect((await openNamed(name)).id).toBe(running.id);
  });

  it('is the one whose id is another’s hostname', async () => {
    const name = hostname();
    await using other = await createContainer({ ...example('sleep', '60'), hostname: name });
    await using made = await createContainer({ ...example('sleep', '60'), id: name });
    expect((await openNamed(name)).id).toBe(made.id);
    expect(other.id).not.toBe(made.id);
  });
});
