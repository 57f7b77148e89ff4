// One more process in a container: it is what the first one is, and what happens to it is told.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { terrarium } from './support/subject.ts';

testRequirement('CLI-07', async (context) => {
  const terminal = await openTerminal(context);
  const name = `cli-07-${randomBytes(3).toString('hex')}`;
  context.onCleanup(() => terrarium(['delete', '--force', name]));
  await context.say('A container is started for a user, in a directory, with few descriptors.');
  const made = '--user student --workdir /tmp --env KEPT=yes --network none';
  await terminal.type(
    `(ulimit -Sn 512; terrarium shell default box -d -n ${name} ${made} -- sleep 1000) >/dev/null`,
  );
  const what = `sh -c 'echo $(id -u) $(pwd) $HOME $KEPT $(ulimit -Sn)'`;
  await context.say('A process that enters it is the same.');
  const inside = await terminal.type(`terrarium exec -T ${name} -- ${what}`);
  expect(inside).toBe('1000 /tmp /home/student yes 512');
  await context.say('The control: told otherwise, it is another.');
  const control = await terminal.type(
    `terrarium exec -T --user root --workdir /etc --env KEPT=no ${name} -- ${what}`,
  );
  context.observe({
    label: 'user, directory, HOME, variable, open files',
    inside,
    control,
    decisive: true,
  });
  context.control('exec with --user, --workdir and --env', {
    outcome: control === '0 /etc /root no 512' ? 'opposite' : 'same',
    observed: control,
  });
});

testRequirement('LIM-07', async (context) => {
  const terminal = await openTerminal(context);
  const name = `lim-07-${randomBytes(3).toString('hex')}`;
  const names = { limited: `${name}-a`, free: `${name}-b`, long: `${name}-c` };
  for (const one of Object.values(names))
    context.onCleanup(() => terrarium(['delete', '--force', one]));
  const start = (one: string, flags: string, command: string) =>
    terminal.type(`terrarium shell default box --network none -d -n ${one} ${flags} -- ${command}`);
  const stateOf = async (one: string): Promise<{ status: string; oomKilled?: boolean }> =>
    JSON.parse((await terrarium(['state', one, '--format', 'json'])).stdout);
  const ended = async (one: string) => {
    for (;;) {
      const state = await stateOf(one);
      if (state.status === 'stopped') return state;
    }
  };
  await context.say('A detached container takes more memory than it may, and nobody looks on.');
  await start(names.limited, '--memory 20m', 'memory-hog 100');
  await ended(names.limited);
  const listed = await terminal.type(`terrarium list | grep ${names.limited}`);
  expect(listed).toMatch(/ stopped \(out of memory\) /);
  const told = (await stateOf(names.limited)).oomKilled === true;
  expect(told).toBe(true);
  await context.say('A process that was started in one by exec: it is told there, too.');
  await start(names.long, '--memory 20m', 'sleep 1000');
  const entered = await terminal.type(`terrarium exec ${names.long} -T -- memory-hog 100; echo $?`);
  expect(entered).toMatch(/was killed: out of memory at the container's limit of 20 MiB\n137$/);
  await context.say('The control: the same program without a limit ends, and nothing is said.');
  await start(names.free, '', 'memory-hog 100');
  const { oomKilled = false } = await ended(names.free);
  context.observe({ label: 'oomKilled', inside: told, control: oomKilled, decisive: true });
  context.observe({ label: 'list', host: listed });
  context.observe({ label: 'exec', host: entered, decisive: true });
  context.control('memory-hog 100 in a detached container without --memory', {
    outcome: oomKilled ? 'same' : 'opposite',
    observed: `oomKilled: ${oomKilled}`,
  });
});

testRequirement('CLI-11', async (context) => {
  const terminal = await openTerminal(context);
  const name = `cli-11-${randomBytes(3).toString('hex')}`;
  const [bare, reaped] = [`${name}-a`, `${name}-b`];
  for (const one of [bare, reaped]) context.onCleanup(() => terrarium(['delete', '--force', one]));
  const start = (one: string, flags: string) =>
    terminal.type(`terrarium shell default box --network none -d -n ${one} ${flags} -- sleep 1000`);
  const orphan = (one: string) =>
    terminal.type(`terrarium exec -T ${one} -- sh -c '(sleep 0.01 &); exit 0'`);
  /** What ps shows when a zombie is in it, or none any more. */
  const ps = async (one: string, zombie: boolean) => {
    for (;;) {
      const shown = await terminal.type(`terrarium ps ${one}`);
      if (/ Z /.test(shown) === zombie) return shown;
    }
  };
  await context.say('In a container whose first process waits for none, a child is orphaned.');
  await start(bare, '');
  await orphan(bare);
  const shown = await ps(bare, true);
  await context.say('ps shows it as what it is, as ps inside does.');
  const inside = await terminal.type(`terrarium exec -T ${bare} -- ps -o stat,comm | grep Z`);
  expect(inside).toMatch(/^Z +\S+$/);
  expect(shown).toMatch(/^ *\d+ +\d+ +0 +Z .*\[\w+\]$/m);
  await context.say('The control: with --init the first process waits for it, and it is gone.');
  await start(reaped, '--init');
  await orphan(reaped);
  const control = await ps(reaped, false);
  context.observe({ label: 'terrarium ps', host: shown, control, decisive: true });
  context.control('the same with --init', {
    outcome: / Z /.test(control) ? 'same' : 'opposite',
    observed: control,
  });
});
