// Addresses, when several state directories share a network namespace, and when namespaces share a
// state directory: an address is one container's in each namespace, and free in every other.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { addressesOf, candidateSlots, SLOTS } from '../../network/addresses.ts';
import { hostFacts } from './prepare.ts';

const ROOTFS = join(import.meta.dirname, '../../../fixtures/rootfs/out/default');
const STARTER = fileURLToPath(new URL('./starts.fixture.ts', import.meta.url));
const CACHE = join(import.meta.dirname, '../../../build/cache');
const RUN = randomBytes(3).toString('hex');

const first = (id: string) => candidateSlots(id).next().value;

/** Ids that all want one address first; found by trying, as a hash has no other way. */
function rivals(count: number): string[] {
  const wanted = first(`claims-${RUN}`);
  const ids = [`claims-${RUN}`];
  for (let n = 0; ids.length < count && n < count * SLOTS * 4; n++)
    if (first(`claims-${RUN}-${n}`) === wanted) ids.push(`claims-${RUN}-${n}`);
  return ids;
}

interface Starter {
  readonly addresses: readonly string[];
  readonly end: () => Promise<void>;
}

/** A process with a state directory that starts these at once. `wrapper`: what runs it. */
async function start(
  state: string,
  containers: readonly object[],
  wrapper: readonly string[] = [],
): Promise<Starter> {
  const options = containers.map((options) =>
    JSON.stringify({ rootfs: ROOTFS, hostname: 'box', command: ['/bin/sleep', '60'], ...options }),
  );
  const [program = '', ...args] = [...wrapper, process.execPath, STARTER, ...options];
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TERRARIUM_STATE: state, NODE_COMPILE_CACHE: CACHE },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'close').then(() => undefined),
  ]);
  if (line === undefined) throw new Error(`the starter ended, and said:\n${said}`);
  return { addresses: JSON.parse(line[0]), end: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.stdin?.end();
  await closed;
}

describe.skipIf(hostFacts().euid !== 0)('addresses (needs root)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'terrarium-claims-'));
  afterAll(() => rmSync(scratch, { recursive: true }));
  const left = (state: string) =>
    readdirSync(join(scratch, state), { recursive: true }).filter((name) => name !== '.net');

  it('are one container’s each, however many state directories share a network namespace', async () => {
    const ids = rivals(3);
    const wanted = addressesOf(first(`claims-${RUN}`) ?? -1).container;
    // One in each directory that wants the same address as the others, and four that want any.
    const states = ['a', 'b', 'c'];
    const starters = await Promise.all(
      states.map((state, index) =>
        start(join(scratch, state), [
          ...ids.slice(index, index + 1).map((id) => ({ id })),
          ...Array.from({ length: 4 }, (_, n) => ({ id: `claims-${RUN}-${state}${n}` })),
        ]),
      ),
    );
    const addresses = starters.flatMap((starter) => starter.addresses);
    await Promise.all(starters.map((starter) => starter.end()));
    expect(addresses).toHaveLength(15);
    expect(addresses).toContain(wanted);
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const state of states) expect(left(state)).toEqual([]);
  });

  it('are free in another network namespace, though the state directory is the same', async () => {
    const state = join(scratch, 'd');
    const id = `claims-${RUN}-one`;
    const ip = addressesOf(first(id) ?? -1).container;
    const here = await start(state, [{ id, ip }]);
    const there = await start(state, [{ id: `${id}-there`, ip }], ['unshare', '--net']);
    expect([here.addresses, there.addresses]).toEqual([[ip], [ip]]);
    await expect(start(state, [{ id: `${id}-again`, ip }])).rejects.toThrow('is in use');
    await Promise.all([here.end(), there.end()]);
    expect(left('d')).toEqual([]);
  });
});
