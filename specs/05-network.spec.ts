// The network: a veth pair connects container and parent namespace, carries traffic of servers and
// clients, and is removed with the container.
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { gatewayOf, linkNamesOf } from '../harness/observe/links.ts';
import { fileIdentity } from '../harness/observe/look-in.ts';
import { namespaceOf } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { isOurs, OURS, testRequirement } from './suite.ts';
import { addressesHere, linkGone, listenOn } from './support/network.ts';

const PARENT = 'the parent namespace';

testRequirement('NET-01', async ({ shell, control, host, say }) => {
  await say('Open a container shell, and list its link and address.');
  const box = await shell();
  const { container, parent } = await host.pair(box);
  const label = 'ip -4 addr';
  await expect(box).toPrint(`ip -4 addr | grep -ow ${container.address}`, container.address, label);
  await say(
    'The kernel, on both sides: a pair of veth links, with a different address at each end.',
  );
  await expect(box).toBeInItsOwn('net');
  await expect(box).toBeJoinedByVeth();
  const outside = await host.shell(PARENT, 'subject');
  await expect(outside).toPrint(`ip -4 addr | grep -ow ${parent.address}`, parent.address, label);
  await say('The control: a shell in the parent’s own network namespace has no other end.');
  await control(
    () => shell({ network: 'host', hostname: 'nonet' }),
    (free) => expect(free).not.toBeJoinedByVeth(),
  );
});

testRequirement('NET-02', async ({ shell, control, host, say }) => {
  const box = await shell();
  const { address } = (await host.pair(box)).container;
  await say('First the control: without a server, a client in the parent namespace is refused.');
  await control(
    () => host.shell(PARENT),
    (free) => expect(free).toReachNone(address, 7000),
  );
  await say('Start the server, a program of the root filesystem, in the container’s shell.');
  await expect(box).toServe(7000);
  const isServer = ({ command }: { command: string }) => command.startsWith('echo-server ');
  const server = box.host.programs().find(isServer)?.pid ?? -1;
  await expect(box).toAnswer(
    'device and inode of the server’s executable',
    () => ({ host: fileIdentity(`/proc/${server}/exe`) }),
    fileIdentity(join(box.rootfs, 'usr/bin/echo-server')),
  );
  await expect(box).toBeInItsOwn('net');
  await expect(box).toAnswer(
    'net namespace of the server',
    () => ({ host: namespaceOf(server, 'net') }),
    box.host.namespace('net'),
  );
  await say('The client in the parent namespace gets a greeting with the container’s hostname.');
  const parent = await host.shell(PARENT, 'subject');
  await expect(parent).toReach(address, 7000, { greeter: 'box' });
});

testRequirement('NET-03', async ({ shell, control, host, say }) => {
  const box = await shell();
  const { container, parent } = await host.pair(box);
  await say('Start the server in the container, and a client in the parent namespace.');
  await expect(box).toServe(7000);
  const outside = await host.shell(PARENT, 'subject');
  const from = parent.address;
  await expect(outside).toReach(container.address, 7000, { greeter: 'box', from });
  await expect(box).toBeJoinedByVeth();
  await say('The control: in the parent’s network namespace both have the same address.');
  await control(
    () => shell({ network: 'host', hostname: 'nonet' }),
    async (free) => {
      const port = await listenOn(free, '127.0.0.1');
      const expected = { greeter: free.hostname, from: '127.0.0.1' };
      return expect(free).toReach('127.0.0.1', port, expected);
    },
  );
});

testRequirement('NET-04', async ({ shell, control, host, say }) => {
  const box = await shell();
  const { container, parent } = await host.pair(box);
  await say('The control: a client in the parent namespace reaches a server in the container.');
  await expect(box).toServe(7000);
  const outside = await host.shell(PARENT, 'subject');
  await control(
    async () => outside,
    (free) => expect(free).toReach(container.address, 7000, { greeter: 'box' }),
    'the same client while the pair is there',
  );
  await say('Remove only the veth pair: the same client can no longer reach it.');
  expect(await outside.type(`ip link delete ${parent.name}`)).toBe('');
  await expect(outside).toReachNone(container.address, 7000);
  await say('The server still runs: a client in the container reaches it over loopback.');
  await expect(box).toReach('127.0.0.1', 7000, { greeter: 'box' });
});

testRequirement('NET-05', async ({ shell, subject, control, host, say, outside }) => {
  await say('Open a container shell. The control: its link, address and route are in the parent.');
  const box = await shell();
  const { container, parent } = await host.pair(box);
  const terminal = await host.shell(PARENT, 'subject');
  const [route, link] = [`ip route | grep -cw ${parent.bridge ?? parent.name}`, 'the parent’s end'];
  await control(
    async () => terminal,
    async (free) => [
      await expect(free).toPrint(`link-info ${parent.name}`, / driver veth /, link),
      await expect(free).toPrint(route, /^[1-9]/, 'routes over it'),
    ],
    'the link while the shell runs',
  );
  await say('Exit the shell, and list again: link, address and route are gone.');
  expect(await box.exit()).toBe(0);
  await linkGone(parent.name);
  await expect(terminal).toPrint(`link-info ${parent.name}`, /No such device$/, link);
  await expect(terminal).toPrint(`ip route | grep -cw ${parent.name}`, 0, 'routes over it');
  if (isOurs(subject)) {
    await say('A link of that name that was left behind makes room for the next container.');
    const left = ['type', 'veth', 'peer', 'name', 'left-behind'];
    await execa('ip', ['link', 'add', parent.name, ...left]);
    // An address that is asked for is not exchanged for another one.
    const again = await shell({ name: box.name, ip: container.address });
    expect(await again.exit()).toBe(0);
    await linkGone(parent.name);
  }
  // A bridge has an address that is not this container's alone.
  if (parent.bridge === undefined)
    expect(outside('addresses of the parent', addressesHere().join(' '))).not.toContain(
      parent.address,
    );
});

testRequirement('NET-06', async ({ shell, control, host, say }) => {
  const box = await shell();
  const { container, parent } = await host.pair(box);
  await say('The reverse: the server is in the parent namespace, at its end of the pair.');
  const server = await host.shell(PARENT, 'subject');
  const port = await listenOn(server, parent.address);
  const expected = { greeter: host.hostname(), from: container.address };
  await expect(box).toReach(parent.address, port, expected);
  await server.until(/peer \S+\n/);
  const peer = ({ screen }: Box) => /peer ([\d.]+):/.exec(screen)?.[1] ?? 'none';
  await expect(server).toAnswer('the peer that the server prints', peer, container.address);
  await say('The control: after the pair is removed, the same client has no route.');
  await control(
    async () => {
      await server.type(`ip link delete ${parent.name}`);
      return box;
    },
    (free) => expect(free).toReachNone(parent.address, port),
    'the same client without the veth pair',
  );
});

testRequirement('NET-09', OURS, async ({ shell, control, host, say }) => {
  await say('A server in the parent namespace, at an address outside this container’s pair.');
  const box = await shell();
  const { parent } = await host.pair(box);
  const { address } = (await host.pair(await shell({ hostname: 'second' }))).parent;
  const server = await host.shell(PARENT, 'subject');
  const port = await listenOn(server, address);
  await say('The container reaches it by its default route, over the parent’s end of the pair.');
  const gateway = ({ host }: Box) => ({ host: gatewayOf(host.pid) });
  await expect(box).toAnswer('default gateway', gateway, parent.address);
  await expect(box).toReach(address, port, { greeter: host.hostname() });
  await say('The control: a container without a link has no such route.');
  await control(
    () => shell({ network: 'none', hostname: 'alone' }),
    async (free) => [
      await expect(free).toAnswer('default gateway', gateway, 'none'),
      await expect(free).toReachNone(address, port),
    ],
  );
});

testRequirement('NET-10', async ({ shell, control, host, say }) => {
  const links = ({ host }: Box) => ({ host: linkNamesOf(host.pid).join(' ') });
  await say(
    'With --network none there never is a pair: the shell has its own loopback, and only that.',
  );
  const box = await shell({ network: 'none', hostname: 'alone' });
  await expect(box).toBeInItsOwn('net');
  await expect(box).toAnswer('links', links, 'lo');
  await expect(box).not.toBeJoinedByVeth();
  await expect(box).toServe(7000);
  await expect(box).toReach('127.0.0.1', 7000, { greeter: 'alone' });
  const outside = await host.shell(PARENT, 'subject');
  await expect(outside).toReachNone('127.0.0.1', 7000);
  await say('The control: without the option there is a pair.');
  await control(
    () => shell({ hostname: 'joined' }),
    async (free) => [
      await expect(free).toAnswer('links', links, (names) => names !== 'lo'),
      await expect(free).toBeJoinedByVeth(),
    ],
  );
});
