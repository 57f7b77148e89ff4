// An added process in a container: confined like the first one, and its exit is reported.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { confinementOf, differences } from '../harness/observe/confinement.ts';
import { carriersOf } from '../harness/observe/find.ts';
import { eventually, statusOf } from '../harness/observe/process.ts';
import { openContainer, run } from '../runtime/index.ts';
import { testRequirement } from './suite.ts';
import { detach, openTerminal, stateAtTheEnd } from './support/host-shells.ts';
import { DEFAULT_ROOTFS } from './support/places.ts';

testRequirement('CLI-07', async (context) => {
  const { say, control } = context;
  const terminal = await openTerminal(context);
  await say('Start a container for a user, in a directory, with few descriptors.');
  await terminal.type('ulimit -Sn 512');
  const flags = '--user student --workdir /tmp --env KEPT=yes';
  const name = await detach(context, terminal, 'sleep 1000', flags);
  const what = `sh -c 'echo $(id -u) $(pwd) $HOME $KEPT $(ulimit -Sn)'`;
  const label = 'user, directory, HOME, variable, open files';
  await say('A process that enters it has the same.');
  const same = '1000 /tmp /home/student yes 512';
  await expect(terminal).toPrint(`terrarium exec -T ${name} -- ${what}`, same, label);
  await say('Its terminal belongs to its user. The hard limit of open files stays the caller’s.');
  const terminalOf = `terrarium exec ${name} -- stat -L -c %u /proc/self/fd/0`;
  await expect(terminal).toPrint(terminalOf, '1000', 'owner of the terminal');
  const hard = await terminal.type('ulimit -Hn');
  const hardInside = `terrarium exec -T ${name} -- sh -c 'ulimit -Hn'`;
  await expect(terminal).toPrint(hardInside, hard, 'most open files');
  await say('The control: with other options it differs.');
  const told = `terrarium exec -T --user root --workdir /etc --env KEPT=no ${name} -- ${what}`;
  await control(
    async () => terminal,
    (other) => expect(other).toPrint(told, '0 /etc /root no 512', label),
    'exec with --user, --workdir and --env',
  );
});

testRequirement('EXEC-01', async (context) => {
  const { shell, say, control, host, outside } = context;
  await say('Start a container with limits, for a user, with fewer capabilities than usual.');
  const box = await shell({
    ...{ memory: '64m', pidsLimit: '32', network: 'none' },
    further: ['--user', 'student', '--cap-drop', 'NET_RAW'],
  });
  await say('exec starts a program in it; the host finds it by a token in its environment.');
  const terminal = await openTerminal(context);
  const token = randomBytes(16).toString('hex');
  await terminal.type(`terrarium exec -T -e LOOK_FOR=${token} ${box.name} -- sleep 1000 &`);
  const inside = () => carriersOf(token).filter((pid) => statusOf(pid, 'NSpid') !== String(pid));
  await eventually('the program is executed', () => inside().length > 0);
  const [executed = -1] = inside();
  await say('It is confined like the first process, line by line.');
  const first = confinementOf(box.host.pid);
  for (const [line, value] of Object.entries(confinementOf(executed)))
    expect([line, outside(line, value)]).toEqual([line, first[line]]);
  await say('No signal is ignored or blocked, although the runtime itself ignores some.');
  for (const field of ['SigIgn', 'SigBlk'])
    expect([field, outside(field, statusOf(executed, field))]).toEqual([field, '0'.repeat(16)]);
  await say('It ends with the command that started it, also when that is killed.');
  await terminal.type('kill -KILL $!');
  await eventually('it has ended', () => inside().length === 0);
  await say('The control: a process of the host is not confined.');
  await control(
    () => host.shell(),
    (free) => {
      const its = confinementOf(free.host.pid);
      for (const [line, value] of Object.entries(its)) outside(line, value);
      const found = () => differences(its, first).split(', ');
      const isolating = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'];
      const lines = isolating.map((kind) => `${kind} namespace`);
      const demanded = [...lines, 'cgroups', 'Uid', 'CapBnd', 'NoNewPrivs', 'Seccomp'];
      return expect(free).toAnswer(
        'lines in which a process of the host differs',
        () => demanded.filter((line) => found().includes(line)).length,
        demanded.length,
      );
    },
  );
});

testRequirement('LIM-07', async (context) => {
  const { say, control, outside } = context;
  const terminal = await openTerminal(context);
  const oomKilled = async (name: string) => (await stateAtTheEnd(name)).oomKilled ?? false;
  await say('An unwatched detached container exceeds its memory limit.');
  const limited = await detach(context, terminal, 'memory-hog 100', '--memory 20m');
  expect(outside('oomKilled', await oomKilled(limited))).toBe(true);
  const listed = / stopped \(out of memory\) /;
  await expect(terminal).toPrint(`terrarium list | grep ${limited}`, listed, 'list');
  await say('The same for a process started by exec: it is reported there, too.');
  const long = await detach(context, terminal, 'sleep 1000', '--memory 20m');
  await expect(terminal).toExitWith(`terrarium exec ${long} -T -- memory-hog 100`, 137, {
    label: 'exec',
    printing: /was killed: out of memory at the container's limit of 20 MiB$/,
  });
  await say('The API reports it for a container, and for a process started by exec.');
  const hog = { command: ['memory-hog', '100'], stdio: 'pipe' } as const;
  const limits = { rootfs: DEFAULT_ROOTFS, hostname: 'api', network: 'none' } as const;
  const killed = await run({ ...limits, ...hog, memory: '20m' });
  expect(outside('oomKilled, by run()', killed.oomKilled)).toBe(true);
  const opened = await (await openContainer(long)).exec(hog);
  expect(outside('oomKilled, by exec()', (await opened.wait()).oomKilled ?? false)).toBe(true);
  const unlimited = await run({ ...limits, ...hog });
  expect(outside('oomKilled, by run() without a limit', unlimited.oomKilled)).toBe(false);
  await say('The control: without a limit the same program ends without a report.');
  const free = await detach(context, terminal, 'memory-hog 100');
  await control(
    async () => terminal,
    (one) =>
      expect(one).toAnswer('oomKilled', async () => ({ host: await oomKilled(free) }), false),
    'memory-hog 100 in a detached container without --memory',
  );
});

testRequirement('CLI-11', async (context) => {
  const { say, control } = context;
  const terminal = await openTerminal(context);
  /** Leaves an orphan in a container; returns the output of ps with the zombie, or without one. */
  const orphaned = async (name: string, zombie: boolean) => {
    await terminal.type(`terrarium exec -T ${name} -- sh -c '(sleep 0.01 &); exit 0'`);
    for (;;) {
      const shown = await terminal.type(`terrarium ps ${name}`);
      if (/ Z /.test(shown) === zombie) return { host: shown };
    }
  };
  await say('In a container whose first process reaps none, a child is orphaned.');
  const bare = await detach(context, terminal, 'sleep 1000');
  const line = /^ *\d+ +\d+ +0 +Z .*\[\w+\]$/m;
  await expect(terminal).toAnswer('terrarium ps', () => orphaned(bare, true), line);
  await say('ps shows it as a zombie, like ps inside.');
  const inside = `terrarium exec -T ${bare} -- ps -o stat,comm | grep Z`;
  await expect(terminal).toPrint(inside, /^ZN? +\S+$/, 'ps inside');
  await say('The control: with --init the first process reaps it.');
  const reaped = await detach(context, terminal, 'sleep 1000', '--init');
  await control(
    async () => terminal,
    (one) =>
      expect(one).toAnswer(
        'terrarium ps',
        () => orphaned(reaped, false),
        (shown) => !/ Z /.test(shown),
      ),
    'the same with --init',
  );
});
