// A maker that is held up: its container has ended before it could look at the first process.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Child } from '../execute/spawn/child.ts';
import { createContainer } from './container.ts';
import { hostFacts } from './create/prepare.ts';
import { example, gone } from './example-container.ts';

/** Longer than a container of one command takes. */
const HELD_UP_MS = 150;

describe.skipIf(hostFacts().euid !== 0)('a container that has ended (needs root)', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ['detached', true],
    ['in the foreground', false],
  ])('before its maker looks is stopped, and can be deleted: %s', async (_name, detach) => {
    const { release } = Child.prototype;
    // As a busy machine does between any two of our lines.
    vi.spyOn(Child.prototype, 'release').mockImplementation(function (this: Child, ...args) {
      release.apply(this, args);
      for (const until = performance.now() + HELD_UP_MS; performance.now() < until; );
    });
    const options = { ...example('/bin/sh', '-c', 'exit 6'), network: 'none', detach } as const;
    const container = await createContainer({ ...options, stdio: 'ignore' });
    expect(await container.wait()).toMatchObject({ exitCode: 6 });
    expect(container.state().status).toBe('stopped');
    await container.delete();
    await gone(container.id);
  });
});
