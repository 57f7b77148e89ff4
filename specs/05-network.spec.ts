// The network: a veth pair joins container and parent namespace, servers and clients talk across
// it, and it goes with the container.
import { statSync } from 'node:fs';
import { hostname as hostsOwnName, networkInterfaces } from 'node:os';
import { expect } from 'vitest';
import { namespaceOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { linkGone, openParentShell } from './support/network.ts';
import { workload } from './support/places.ts';
import { openShell } from './support/session.ts';

/** What `echo-client` prints once somebody answered. */
const ANSWERED =
  /^local ([\d.]+):(\d+)\ngreeting hello from (\S+), you are ([\d.]+):(\d+)\necho (.*)$/m;
/**
 * The name a server said it runs under, or what the client said instead. A server in the background
 * prints in between.
 */
const answeredBy = (printed: string): string =>
  /^greeting hello from (\S+), you are /m.exec(printed)?.[1] ??
  printed.trim().split('\n').at(-1) ??
  '';

/** Of this process's network namespace. */
const addressesHere = (): string[] =>
  Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));

testRequirement('NET-01', async (context) => {
  await context.say('Open a container shell, and ask it for its link and address.');
  const container = await openShell(context);
  const ends = await context.host.pair(container);
  const inside = await container.shell.type(`link-info ${ends.container.name}`);
  expect(await container.shell.type('ip -4 addr')).toContain(` inet ${ends.container.address}`);

  await context.say(
    'Look at the other end from the parent namespace: also a veth, with another address, each linked to the other’s index.',
  );
  const parent = await openParentShell(context);
  const outside = await parent.type(`link-info ${ends.parent.name}`);
  const [insideEnd, parentEnd] = [inside, outside].map(
    (line) => /driver (\S+) index (\d+) linked-to (\d+) /.exec(line) ?? [],
  );
  expect([insideEnd?.[1], parentEnd?.[1]]).toEqual(['veth', 'veth']);
  expect([parentEnd?.[2], parentEnd?.[3]]).toEqual([insideEnd?.[3], insideEnd?.[2]]);
  expect(await parent.type('ip -4 addr')).toContain(` inet ${ends.parent.address}`);
  expect(ends.parent.address).not.toBe(ends.container.address);
  expect(container.host.namespace('net')).not.toBe(namespaceOf('self', 'net'));

  await context.say(
    'The control: a shell in the parent’s own network namespace has no other end and no address of its own.',
  );
  const control = await openShell(context, { network: 'host', hostname: 'nonet' }, 'control');
  // Links of other containers come and go.
  const before = addressesHere();
  const shared = await control.shell.type('ip -4 addr');
  const parents = [...before, ...addressesHere()];
  const addresses = [...shared.matchAll(/inet ([\d.]+)/g)].map(([, address = '']) => address);
  context.observe({
    label: 'address',
    inside: ends.container.address,
    host: ends.parent.address,
    control: addresses.join(' '),
    decisive: true,
  });
  context.observe({ label: 'driver', inside: insideEnd?.[1], host: parentEnd?.[1] });
  context.observe({
    label: 'index → the other end’s',
    inside: insideEnd?.slice(2, 4).join(' → '),
    host: parentEnd?.slice(2, 4).join(' → '),
  });
  context.control('addresses of a shell that shares the parent’s network namespace', {
    outcome:
      addresses.length > 0 && addresses.every((address) => parents.includes(address))
        ? 'opposite'
        : 'same',
    observed: `${addresses.join(' ')}: the parent’s own`,
  });
});

testRequirement('NET-02', async (context) => {
  const container = await openShell(context);
  const { container: inside } = await context.host.pair(container);
  const parent = await openParentShell(context);
  const client = `echo-client ${inside.address} 7000 'how do you do'`;

  await context.say(
    'The control first: nobody listens in the container yet, so a client in the parent namespace is refused.',
  );
  const refused = await parent.type(client);
  context.control('the same client before the server runs', {
    outcome: ANSWERED.test(refused) ? 'same' : 'opposite',
    observed: refused.split('\n').at(-1) ?? '',
  });

  await context.say(
    'Start the server, a program of the root filesystem, in the container’s shell.',
  );
  await container.shell.start('echo-server 7000', /listening on 0\.0\.0\.0:7000\n/);
  const file = statSync(workload('echo-server'));
  const server = container.host
    .programs()
    .filter(({ pid, command }) => pid !== container.host.pid && command.includes('echo-server'));
  expect(server).toHaveLength(1);
  const pid = server[0]?.pid ?? -1;
  const executable = statSync(`/proc/${pid}/exe`);
  expect([executable.dev, executable.ino]).toEqual([file.dev, file.ino]);

  await context.say(
    'Run the client in the parent namespace: the container’s hostname greets it, and its line comes back.',
  );
  const answer = await parent.type(client);
  const [, , , greeter, , , echo] = ANSWERED.exec(answer) ?? [];
  expect(greeter).toBe('box');
  expect(echo).toBe('how do you do');
  await container.shell.until(/peer [\d.]+:\d+\n/);
  expect(namespaceOf(pid, 'net')).toBe(container.host.namespace('net'));
  expect(namespaceOf(pid, 'net')).not.toBe(namespaceOf('self', 'net'));
  context.observe({
    label: 'who answers at port 7000',
    host: greeter,
    control: answeredBy(refused),
    decisive: true,
  });
  context.observe({ label: 'what came back', host: echo, decisive: true });
  context.observe({
    label: 'inode of the server’s executable',
    inside: executable.ino,
    host: file.ino,
  });

  await container.shell.press('C-c');
  await container.shell.prompt();
  expect(await container.shell.exit('exit 0')).toBe(0);
});

testRequirement('NET-03', async (context) => {
  const container = await openShell(context);
  const ends = await context.host.pair(container);
  const parent = await openParentShell(context);
  await context.say(
    'Start the server in the container, and a client in the parent namespace: each prints whom it talks to.',
  );
  await container.shell.start('echo-server 7000', /listening on 0\.0\.0\.0:7000\n/);
  const answer = await parent.type(`echo-client ${ends.container.address} 7000 hello`);
  await container.shell.until(/peer ([\d.]+):(\d+)\n/);
  const [, seenByServer, port] = /peer ([\d.]+):(\d+)\n/.exec(container.shell.screen) ?? [];
  const [, local, localPort, greeter, told] = ANSWERED.exec(answer) ?? [];
  expect(greeter).toBe('box');
  expect([seenByServer, told, local]).toEqual([
    ends.parent.address,
    ends.parent.address,
    ends.parent.address,
  ]);
  expect(localPort).toBe(port);
  expect(ends.container.address).not.toBe(ends.parent.address);

  await context.say(
    'The control: with the parent’s network namespace there are no two ends. The server sees the very address it serves.',
  );
  const control = await openShell(context, { network: 'host', hostname: 'nonet' }, 'control');
  const listening = await control.shell.start(
    'echo-server 0 --bind 127.0.0.1',
    /listening on \S+\n/,
  );
  await parent.type(`echo-client 127.0.0.1 ${/:(\d+)\n/.exec(listening)?.[1]} hello`);
  await control.shell.until(/peer [\d.]+:\d+\n/);
  const same = /peer ([\d.]+):\d+\n/.exec(control.shell.screen)?.[1];
  context.observe({
    label: 'the client, seen by the server',
    inside: seenByServer,
    host: local,
    control: same,
    decisive: true,
  });
  context.observe({
    label: 'the server, seen by the client',
    inside: ends.container.address,
    host: ends.container.address,
    control: '127.0.0.1',
  });
  context.control('peer of a server that shares the parent’s network namespace', {
    outcome: same === '127.0.0.1' ? 'opposite' : 'same',
    observed: `${same}: its own address`,
  });
});

testRequirement('NET-04', async (context) => {
  const container = await openShell(context);
  const ends = await context.host.pair(container);
  const parent = await openParentShell(context);
  // Judged by who answers: beyond this machine, a gateway may accept a connection to any address.
  const client = `echo-client ${ends.container.address} 7000 hello --timeout 0.4`;
  await context.say(
    'The control: a server in the container, and over the veth pair a client in the parent namespace reaches it.',
  );
  await container.shell.background('echo-server 7000 &', /listening on 0\.0\.0\.0:7000\n/);
  const joined = answeredBy(await parent.type(client));

  await context.say(
    'Take the veth pair away, and nothing else. The same client cannot reach the same server any more.',
  );
  expect(await parent.type(`ip link delete ${ends.parent.name}`)).toBe('');
  const parted = answeredBy(await parent.type(client));
  expect(parted).not.toBe('box');
  await context.say(
    'The server is still there: a client in the container, over its loopback, is answered.',
  );
  const inside = answeredBy(await container.shell.type('echo-client 127.0.0.1 7000 hello'));
  expect(inside).toBe('box');

  await context.say(
    'With --network none there never is a pair: only the loopback, which is not the parent’s.',
  );
  const none = await openShell(context, { network: 'none', hostname: 'alone' });
  expect(await none.shell.type('ls /sys/class/net')).toBe('lo');
  const listening = await none.shell.background('echo-server 0 &', /listening on \S+\n/);
  const port = /:(\d+)\n/.exec(listening)?.[1];
  const alone = answeredBy(await parent.type(`echo-client 127.0.0.1 ${port} hello --timeout 0.4`));
  expect(alone).not.toBe('alone');
  const withinAlone = answeredBy(await none.shell.type(`echo-client 127.0.0.1 ${port} hello`));
  expect(withinAlone).toBe('alone');
  context.observe({
    label: 'who answers a client in the parent namespace',
    inside,
    host: parted,
    control: joined,
    decisive: true,
  });
  context.observe({ label: 'the same with --network none', inside: withinAlone, host: alone });
  context.control('the same client and server while the veth pair is there', {
    outcome: joined === 'box' ? 'opposite' : 'same',
    observed: joined,
  });
});

testRequirement('NET-05', async (context) => {
  await context.say(
    'Open a container shell; the control: while it runs, the other end of its link is in the parent namespace.',
  );
  const container = await openShell(context);
  const ends = await context.host.pair(container);
  const parent = await openParentShell(context);
  const before = await parent.type(`link-info ${ends.parent.name}`);
  const device = ends.parent.bridge ?? ends.parent.name;
  expect(await parent.type(`ip route | grep -w ${device}`)).not.toBe('');
  context.control('the link while the shell runs', {
    outcome: before.includes(' driver veth ') ? 'opposite' : 'same',
    observed: before,
  });
  await context.say('Leave the shell, and look again: link, address and route are gone.');
  expect(await container.shell.exit()).toBe(0);
  await linkGone(ends.parent.name);
  const after = await parent.type(`link-info ${ends.parent.name}`);
  expect(after).toMatch(/No such device$/);
  expect(await parent.type(`ip route | grep -w ${ends.parent.name}`)).toBe('');
  if (ends.parent.bridge === undefined) expect(addressesHere()).not.toContain(ends.parent.address);
  context.observe({
    label: ends.parent.name,
    host: after,
    control: before,
    decisive: true,
  });
});

testRequirement('NET-06', async (context) => {
  const container = await openShell(context);
  const ends = await context.host.pair(container);
  await context.say(
    'The other way round: the server in the parent namespace, at the parent’s end of the veth pair.',
  );
  const parent = await openParentShell(context);
  const listening = await parent.start(
    `echo-server 0 --bind ${ends.parent.address}`,
    /listening on \S+\n/,
  );
  const client = `echo-client ${ends.parent.address} ${/:(\d+)\n/.exec(listening)?.[1]} 'from inside' --timeout 0.4`;
  await context.say(
    'The client in the container is greeted by the parent’s hostname; the server sees the container’s address.',
  );
  const answer = await container.shell.type(client);
  const [, local, , greeter, , , echo] = ANSWERED.exec(answer) ?? [];
  expect([local, greeter, echo]).toEqual([ends.container.address, hostsOwnName(), 'from inside']);
  await parent.until(/peer [\d.]+:\d+\n/);
  const seen = /peer ([\d.]+):\d+\n/.exec(parent.screen)?.[1];
  expect(seen).toBe(ends.container.address);
  await context.say('The control: the same client in a container without a link has no way there.');
  const control = await openShell(context, { network: 'none', hostname: 'alone' }, 'control');
  const nowhere = answeredBy(await control.shell.type(client));
  context.observe({
    label: 'who answers the client',
    inside: greeter,
    host: hostsOwnName(),
    control: nowhere,
    decisive: true,
  });
  context.observe({ label: 'the client’s address', inside: local, host: seen, decisive: true });
  context.control('the same client with --network none', {
    outcome: nowhere === hostsOwnName() ? 'same' : 'opposite',
    observed: nowhere,
  });
});
