// Both ends of a pair are found under any name, with their addresses at any place.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayOf, type Link, linkNamesOf, linksOf, pairAmong, pairOf } from './links.ts';
import { eventually, namespaceOf } from './process.ts';

const probe = join(import.meta.dirname, '../../build/workloads/link-list');

/** Runs `script` in its own network namespace, and returns its PID; ends with the test. */
async function inNamespace(script: string): Promise<number> {
  const child = spawn('unshare', ['--net', 'sh', '-ec', `${script}\nexec sleep 60`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const pid = child.pid ?? -1;
  await eventually(
    'it has a namespace',
    () => namespaceOf(pid, 'net') !== namespaceOf('self', 'net'),
  );
  return pid;
}

/** Waits until the script in `pid` has given `name` its address. */
/** Process IDs are the same in another PID namespace. */
const random = () => randomBytes(4).toString('hex');

const until = (pid: number, name: string, address: string) =>
  expect
    .poll(() => linksOf(pid, process.pid, probe))
    .toContainEqual(expect.objectContaining({ name, addresses: [address] }));

test('with addresses on the links', async () => {
  const name = `a${random()}`;
  const pid = await inNamespace(`
    ip link add strange type veth peer name ${name} netns /proc/${process.pid}/ns/net
    ip address add 10.99.0.2/24 dev strange`);
  await until(pid, 'strange', '10.99.0.2');
  await expect(pairOf(pid, probe)).rejects.toThrow(
    `a veth pair without an IPv4 address at each end: not at ${name}`,
  );
  await execa('ip', ['address', 'add', '10.99.0.1', 'peer', '10.99.0.2', 'dev', name]);
  const { container, parent } = await pairOf(pid, probe);
  expect(container).toEqual({ name: 'strange', index: 2, kind: 'veth', address: '10.99.0.2' });
  expect(parent).toEqual({ name, index: expect.any(Number), kind: 'veth', address: '10.99.0.1' });
});

test('with the parent’s address on a bridge', async () => {
  const [name, bridge] = [`b${random()}`, `br${random()}`];
  await execa('ip', ['link', 'add', bridge, 'type', 'bridge']);
  onTestFinished(() => execa('ip', ['link', 'delete', bridge]).then(() => {}));
  await execa('ip', ['address', 'add', '10.98.0.1/24', 'dev', bridge]);
  const pid = await inNamespace(`
    ip link add inner type veth peer name ${name} netns /proc/${process.pid}/ns/net
    ip address add 10.98.0.2/24 dev inner`);
  await until(pid, 'inner', '10.98.0.2');
  await execa('ip', ['link', 'set', name, 'master', bridge]);
  expect(await pairOf(pid, probe)).toEqual({
    container: { name: 'inner', index: 2, kind: 'veth', address: '10.98.0.2' },
    parent: { name, index: expect.any(Number), kind: 'veth', address: '10.98.0.1', bridge },
  });
});

test('an unconnected namespace, and our own', async () => {
  const alone = await inNamespace('ip link add one type veth peer name two');
  await expect.poll(() => linksOf(alone, process.pid, probe)).toHaveLength(3);
  await expect(pairOf(alone, probe)).rejects.toThrow(
    'no veth pair connects the container to the parent namespace: it has lo (none), two (veth), one (veth)',
  );
  await expect(pairOf(process.pid, probe)).rejects.toThrow(/^no veth pair connects the container/);
});

test('the names and the gateway of a namespace', async () => {
  const pid = await inNamespace(`
    ip link add inner type veth peer name outer
    ip address add 10.97.5.2/24 dev inner && ip link set inner up && ip link set outer up
    ip route add default via 10.97.5.1`);
  await expect.poll(() => gatewayOf(pid)).toBe('10.97.5.1');
  expect(linkNamesOf(pid)).toEqual(['inner', 'lo', 'outer']);
  const alone = await inNamespace('true');
  expect([gatewayOf(alone), linkNamesOf(alone)]).toEqual(['none', ['lo']]);
});

test('indices that are the same by chance make no pair', () => {
  const link = { name: 'x', kind: 'veth', master: 0, addresses: ['10.0.0.1'] };
  const inside: Link[] = [{ ...link, index: 2, other: 3, otherIn: 'unknown' }];
  const outside: Link[] = [{ ...link, index: 3, other: 2, otherIn: 'unknown' }];
  expect(() => pairAmong(inside, outside)).toThrow(/no veth pair/);
});
