// A start that is aborted, at any moment of it, leaves nothing.
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createContainer } from '../container.ts';
import { hostFacts } from '../create/prepare.ts';
import { example, gone } from '../example-container.ts';

const KINDS = {
  'in the foreground': {},
  detached: { detach: true },
  'with a terminal': { terminal: true },
  'not yet started': { start: false },
  'with a link and limits': { network: 'veth', memory: '64m', cpus: 0.5 },
} as const;

/** Continuous integration looks closer. */
const STEP_MS = process.env.CI === 'true' ? 0.15 : 0.4;
/**
 * Aborts at later and later moments, until enough starts were aborted in time and enough were not.
 * On a busy machine it begins again from the first moment.
 */
const MADE = 3;
const ABORTED = 4;

/** The start's outcome when it is aborted after so long. */
async function outcome(starting: Promise<unknown>, abort: () => void, afterMs: number) {
  const at = performance.now() + afterMs;
  const settled = starting.then(
    (made) => ({ made }),
    (error: unknown) => ({ error }),
  );
  do await yieldToEventLoop();
  while (performance.now() < at);
  abort();
  return settled;
}

describe.skipIf(hostFacts().euid !== 0)('an aborted start (needs root)', () => {
  it.each(Object.entries(KINDS))('%s: nothing stays', async (_, kind) => {
    let aborted = 0;
    for (let made = 0, afterMs = 0; made < MADE || aborted < ABORTED; ) {
      const options = { ...example('sleep', '60'), ...kind };
      const abort = new AbortController();
      const reason = new Error('enough');
      const container = createContainer({ ...options, signal: abort.signal });
      const end = await outcome(container, () => abort.abort(reason), afterMs);
      if ('error' in end) {
        expect(end.error).toBe(reason);
        aborted++;
        afterMs += STEP_MS;
      } else {
        made++;
        afterMs = made < MADE ? afterMs + STEP_MS : 0;
        await (await container).delete({ force: true });
      }
      await gone(options.id);
    }
  });

  it('takes back what exec began, and leaves the container', async () => {
    await using container = await createContainer(example('sleep', '60'));
    let aborted = 0;
    for (let made = 0, afterMs = 0; made < MADE || aborted < ABORTED; ) {
      const abort = new AbortController();
      const reason = new Error('enough');
      const process = container.exec({
        command: ['sleep', '60'],
        stdio: 'ignore',
        signal: abort.signal,
      });
      const end = await outcome(process, () => abort.abort(reason), afterMs);
      if ('error' in end) {
        expect(end.error).toBe(reason);
        aborted++;
        afterMs += STEP_MS;
      } else {
        made++;
        afterMs = made < MADE ? afterMs + STEP_MS : 0;
        (await process).kill(9);
        await (await process).wait();
      }
      expect(container.processes()).toHaveLength(1);
    }
    expect(container.state().status).toBe('running');
  });

  it('has no effect on what is made', async () => {
    const abort = new AbortController();
    await using container = await createContainer({
      ...example('sleep', '60'),
      signal: abort.signal,
    });
    abort.abort();
    expect(container.state().status).toBe('running');
  });
});
