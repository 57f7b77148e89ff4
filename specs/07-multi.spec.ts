// Multiple container shells: the same port, but separate processes, names, files, IPC objects and
// signals.
import { randomInt } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { expect } from 'vitest';
import type { Box } from '../harness/shell/box.ts';
import type { RequirementContext } from '../harness/spec/context.ts';
import { testRequirement } from './suite.ts';

async function openTwo({ shell, say }: Pick<RequirementContext, 'shell' | 'say'>, what: string) {
  await say(`Open two container shells. ${what}`);
  return Promise.all([shell({ hostname: 'web1' }), shell({ hostname: 'web2' })]);
}

const SAME_PORT = 'two servers on one port';

testRequirement('MULTI-01', async (context) => {
  const { control, host, say, inside } = context;
  const [web1, web2] = await openTwo(context, 'A server in each listens on port 8080.');
  for (const box of [web1, web2]) {
    const listening = await box.start('echo-server 8080', /listening on \S+\n/);
    expect(inside(SAME_PORT, listening.trim())).toBe('listening on 0.0.0.0:8080');
  }
  await say('A client in the parent namespace reaches each server, which names its caller.');
  const parent = await host.shell('the parent namespace', 'subject');
  for (const box of [web1, web2]) {
    const ends = await host.pair(box);
    const answer = await parent.type(`echo-client ${ends.container.address} 8080 hello`);
    const what = `what answers at the address of ${box.hostname}`;
    expect(inside(what, answer)).toMatch(/^greeting hello from .*\necho hello$/m);
    const caller = /^local (\S+)$/m.exec(answer)?.[1] ?? 'none';
    expect(caller).toContain(`${ends.parent.address}:`);
    await box.until(new RegExp(`peer ${caller}\n`));
  }
  await say('The control: on the host the second shell cannot listen on the first one’s port.');
  await control(
    () => host.shell('first shell on the host'),
    async (first) => {
      const started = await first.start('echo-server 0', /listening on \S+\n/);
      const port = /:(\d+)\n/.exec(started)?.[1];
      const second = await host.shell('second shell on the host');
      return expect(second).toPrint(`echo-server ${port}`, /^bind: EADDRINUSE/, SAME_PORT);
    },
  );
});

testRequirement('MULTI-02', async (context) => {
  const { control, host, say } = context;
  const [web1, web2] = await openTwo(context, 'Leave a process running in each.');
  const [first, second] = [
    `echo-server ${randomInt(20_000, 40_000)}`,
    `echo-server ${randomInt(40_000, 60_000)}`,
  ];
  // A program that prints a line when it runs: until then ps shows a second shell.
  await web1.background(`${first} &`, /listening on \S+\n/);
  await web2.background(`${second} &`, /listening on \S+\n/);
  await say('ps in each shows its own process and its own shell, nothing of the other.');
  const servers = "ps -o pid,args | grep -o '[e]cho-server.*' | sort";
  await expect(web1).toPrint(servers, first, 'servers that ps shows in web1');
  await expect(web2).toPrint(servers, second, 'servers that ps shows in web2');
  for (const box of [web1, web2]) {
    await expect(box).toPrint('ps -o pid,args', /^ +1 \S*sh\b/m, `ps in ${box.hostname}`);
    const all = box.host.processes();
    await expect(box).toAnswer(`processes of ${box.hostname}`, () => ({ host: all.length }), 2);
  }
  const others = web2.host.processes();
  expect(web1.host.processes().filter((pid) => others.includes(pid))).toEqual([]);

  await say('The control: ps on the host, in the PID namespace above both, shows the two.');
  const both = `ps -o pid,args | grep -oE '[e]cho-server (${first.slice(12)}|${second.slice(12)})'`;
  await control(
    () => host.shell(),
    (free) =>
      expect(free).toPrint(`${both} | sort`, `${first}\n${second}`, 'servers that ps shows'),
  );
});

testRequirement('MULTI-03', async (context) => {
  const { shell, control, host, say } = context;
  const [web1, web2] = await openTwo(context, 'Each has the hostname that it was given.');
  await expect(web1).toHaveHostname('web1');
  await expect(web2).toHaveHostname('web2');
  expect(web1.host.namespace('uts')).not.toBe(web2.host.namespace('uts'));
  await say('Open a third. The first and the second keep their names.');
  const web3 = await shell({ hostname: 'web3' });
  for (const box of [web1, web2, web3]) await expect(box).toHaveHostname(box.hostname);
  await say('The control: a shell in the first one’s UTS namespace renames it. Both are renamed.');
  await control(
    async () => {
      const inside = await host.shell('in the UTS namespace of the first');
      await inside.type(`nsenter -t ${web1.host.pid} -u hostname web4`);
      return web1;
    },
    (renamed) => expect(renamed).toHaveHostname('web4'),
    'after another name was set in the same UTS namespace',
  );
});

testRequirement('MULTI-04', async (context) => {
  const { control, host, say, onCleanup } = context;
  const [web1, web2] = await openTwo(context, 'The first makes a file in tmpfs and IPC objects.');
  const key = randomInt(1_000_000, 2_000_000_000);
  const file = `/dev/shm/note-${key}`;
  const make = `echo secret >${file}; ipc-maker create ${key}`;
  const look = `cat ${file}; ipc-maker find ${key}`;
  const all = (answer: string) =>
    ['shm', 'sem', 'msg', 'mq'].map((kind) => `${kind}: ${answer}`).join('\n');
  await expect(web1).toPrint(make, all('ok'), 'made by the first');
  await expect(web1).toPrint('df -T /dev/shm | tail -n 1', / tmpfs /, 'what /dev/shm is');
  await expect(web1).toPrint(look, `secret\n${all('ok')}`, 'what the maker finds');

  await say('The second has none of them, and can create its own under the same names.');
  const none = `cat: can't open '${file}': No such file or directory\n${all('ENOENT')}`;
  await expect(web2).toPrint(look, none, 'what the other finds');
  const objects = async (box: Box) => ({
    host: (await box.beside('ipc-maker', 'find', String(key))).replaceAll('\n', ' '),
  });
  const found = 'objects that a probe of the host finds there';
  await expect(web1).toAnswer(found, objects, all('ok').replaceAll('\n', ' '));
  await expect(web2).toAnswer(found, objects, all('ENOENT').replaceAll('\n', ' '));
  expect(existsSync(`/proc/${web2.host.pid}/root${file}`)).toBe(false);
  await expect(web2).toPrint(make, all('ok'), 'the other makes its own');
  expect(web1.host.namespace('ipc')).not.toBe(web2.host.namespace('ipc'));

  await say('The control: on the host, another process finds these objects.');
  onCleanup(async () => {
    await host.run('ipc-maker', ['remove', String(key)]);
    rmSync(file, { force: true });
  });
  const outside = await host.shell('the host', 'subject');
  expect(await outside.type(`ipc-maker find ${key}`)).toBe(all('ENOENT'));
  await outside.type(make);
  await control(
    () => host.shell(),
    (free) => expect(free).toPrint(look, `secret\n${all('ok')}`, 'what the other finds'),
  );
});

testRequirement('MULTI-05', async (context) => {
  const { control, say } = context;
  const [web1, web2] = await openTwo(
    context,
    'In the first, a program prints all signals it gets.',
  );
  await web1.background('signal-sink &', /waiting as PID \d+\n/);
  const sink = web1.host.processes().find((pid) => pid !== web1.host.pid) ?? -1;
  expect(sink).toBeGreaterThan(0);
  // In a shared namespace the next line would signal everything on this machine.
  for (const box of [web1, web2]) await expect(box).toBeInItsOwn('pid');

  await say('From the second, signal all processes (-1), and the host’s PID of that one.');
  await expect(web2).toPrint('kill -USR1 -1', /No such process/, 'kill -USR1 to all');
  await expect(web2).toPrint(`kill -USR1 ${sink}`, /No such process/, 'kill -USR1 by number');

  await say('The control: the same in its own container, where the signal arrives.');
  const shown = () => web1.screen.match(/SIGUSR\d from PID \d+/g)?.join(', ') ?? 'none';
  await control(
    async () => {
      await web1.background('kill -USR2 -1', /SIGUSR\d from PID \d+\n/);
      return web1;
    },
    (own) => expect(own).toAnswer('signals received', shown, /^SIGUSR2 from PID \d+$/),
    'kill -USR2 to all in the program’s own container',
  );
});
