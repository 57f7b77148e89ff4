// Processes: the view of ps and of the host, delivery of signals, reaping of orphans.
import { expect } from 'vitest';
import { descendantsOf, numbersOf } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { testRequirement } from './suite.ts';

testRequirement('PS-01', async ({ shell, control, host, say }) => {
  await say('Open a container shell, start two programs in the background, and run ps.');
  const box = await shell();
  await box.type('sleep 61 & sleep 62 &');
  await box.host.executes('sleep 61', 'sleep 62');
  await expect(box).toBeProcess1();
  await expect(box).toPrint('ps -o args | grep -c "^sleep 6[12]$"', 2, 'those two in ps');
  await say('The host’s list of that PID namespace has the same processes.');
  await expect(box).toSeeOnlyItsOwnProcesses();
  await say('The control: ps on the host shows the process that runs this test.');
  await control(
    () => host.shell(),
    (free) => expect(free).toSeeProcess(process.pid),
  );
});

testRequirement('PS-02', async ({ shell, control, host, say, onCleanup }) => {
  /** Starts a program; returns its PID there, and all its PIDs, the host's first. */
  const sleeper = async (box: Box) => {
    const inside = Number(await box.type('sleep 63 & echo $!'));
    const pid = descendantsOf(box.host.pid).find((pid) => numbersOf(pid).at(-1) === inside);
    return { inside, numbers: numbersOf(pid ?? -1) };
  };
  const [started, known] = ['number where it was started', 'its numbers, the host’s first'];
  await say('Start a program inside. The host has the same process under another PID.');
  const box = await shell();
  const { inside, numbers } = await sleeper(box);
  await box.host.executes('sleep 63');
  await expect(box).toAnswer(started, () => inside, /^\d+$/);
  expect(numbers[0]).not.toBe(inside);
  await expect(box).toAnswer(
    known,
    () => ({ host: numbers.join(', ') }),
    new RegExp(`^\\d+, ${inside}$`),
  );
  await say('The control: a program started on the host has only one PID.');
  await control(
    () => host.shell(),
    async (free) => {
      const { inside, numbers } = await sleeper(free);
      onCleanup(() => process.kill(inside));
      return [
        await expect(free).toAnswer(started, () => inside, /^\d+$/),
        await expect(free).toAnswer(known, () => ({ host: numbers.join(', ') }), inside),
      ];
    },
  );
});

testRequirement('PS-03', async ({ shell, control, host, say, outside }) => {
  await say('On the host a program waits for signals, and prints each that arrives.');
  const victim = await host.shell('the host, where a program waits for signals', 'subject');
  const waiting = await victim.start('signal-sink', /waiting as PID \d+\n/);
  const target = Number(/\d+/.exec(waiting)?.[0]);
  const arrived = () => victim.screen.match(/^SIG.*$/gm)?.join(', ') ?? 'none';
  const label = 'signals that arrived at it';

  const box = await shell();
  // In a shared namespace the next lines would signal processes of this machine.
  await expect(box).toBeInItsOwn('pid');
  await say('From inside, as root, send signals to its PID: there is no such process.');
  await expect(box).toPrint(`kill -TERM ${target}`, /No such process$/, 'kill -TERM PID');
  await expect(box).toPrint(`kill -9 ${target}`, /No such process$/, 'kill -9 PID');
  await say('kill -9 -1 means all. Inside it kills all but process 1, the shell; outside none.');
  await box.type('sleep 64 & sleep 65 &');
  await box.host.executes('sleep 64', 'sleep 65');
  await expect(box).toPrint('kill -9 -1; wait; echo alive', /^alive/, 'kill -9 -1');
  await expect(box).toAnswer(
    'processes left',
    ({ host }) => ({ host: host.processes().length }),
    1,
  );
  expect(outside(label, arrived())).toBe('none');

  await say('The control: a shell on the host sends that program a signal, and it arrives.');
  await control(
    () => host.shell(),
    async (free) => {
      await free.type(`kill -TERM ${target}`);
      await victim.until(/SIG\w+ from .*\n/);
      return expect(free).toAnswer(label, arrived, `SIGTERM from PID ${free.host.pid}`);
    },
  );
});

testRequirement('PS-04', async ({ shell, control, say }) => {
  const left = 'zombies left of 20, made in place of the shell';
  const zombies = (text: string) => Number(/zombies: (\d+)/.exec(text)?.[1]);
  await say('With --init, create 20 orphans, and let them exit.');
  const box = await shell({ init: true });
  await expect(box).not.toBeProcess1();
  await expect(box).toPrint('zombie-maker 20', 'orphans: 20, adopted by PID 1\nzombies: 0');
  const inState = (letter: string) => (box: Box) => ({
    host: box.host.programs().filter(({ state }) => state === letter).length,
  });
  await expect(box).toAnswer('zombies, by the host', inState('Z'), 0);
  await say('Again in place of the shell, so the shell cannot reap them.');
  const replacing = (options: string) => async (box: Box) =>
    zombies(await box.start(`exec zombie-maker 20${options}`, /zombies: \d+/));
  await expect(box).toAnswer(left, replacing(''), 0);
  expect(await box.ended()).toBe(0);
  await say('The control: without --init that program is process 1 and does not reap them.');
  await control(
    () => shell({ hostname: 'without' }),
    (free) => expect(free).toAnswer(left, replacing(' --wait 100'), (count) => Number(count) > 0),
  );
});
