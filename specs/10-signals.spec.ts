// Signals to the command itself: at any moment they lead to one orderly end, and what is meant for
// the container reaches it.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { counted } from '../harness/observe/footprint.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { journalOf } from './support/places.ts';
import { shellCommand, terrarium } from './support/subject.ts';
import { tracesOf } from './support/traces.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
/** After the journal's appearance: from the first steps to a running container. */
const MOMENTS_MS = [0, 2, 8, 64];

interface Start {
  readonly name: string;
  readonly child: ChildProcess;
  readonly said: () => string;
}

/** A start that has just begun to make things. */
async function begin(command: readonly string[]): Promise<Start> {
  const name = `signal-${randomBytes(4).toString('hex')}`;
  const [file = '', ...rest] = shellCommand({ name, memory: '64m', command });
  const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  while (!existsSync(journalOf(name)) && child.exitCode === null) await delay(1);
  return { name, child, said: () => text };
}

testRequirement('CLEAN-05', { promisedBy: 'terrarium' }, async (context) => {
  await context.say(
    'Containers are started, and ended by a signal some milliseconds after their first step, or by two.',
  );
  let ends = 0;
  for (const [index, moment] of MOMENTS_MS.entries()) {
    const starts = SIGNALS.map(async (signal) => {
      const { name, child, said } = await begin(['sleep', '300']);
      const exited = once(child, 'exit');
      await delay(moment);
      child.kill(signal);
      if (index % 2 === 1) {
        await delay(2);
        child.kill(signal);
      }
      const [code] = await exited;
      const status = 128 + constants.signals[signal];
      expect([signal, moment, code, said()]).toEqual([signal, moment, status, '']);
      expect(tracesOf(name)).toEqual([]);
      ends++;
    });
    await Promise.all(starts);
  }
  await context.say(`${ends} ends, each with 128 and the signal, and nothing is left.`);
  await context.say('The control: SIGKILL, which no program hears, at the same moment.');
  const killed = await begin(['sleep', '300']);
  const exited = once(killed.child, 'exit');
  killed.child.kill('SIGKILL');
  await exited;
  const left = tracesOf(killed.name);
  do await terrarium(['gc']);
  while (tracesOf(killed.name).length > 0);
  context.observe({
    label: 'after a signal',
    host: `${ends} of ${ends} left nothing`,
    control: counted(left),
    decisive: true,
  });
  context.control('the same look after SIGKILL, before gc', {
    outcome: left.length > 0 ? 'opposite' : 'same',
    observed: counted(left),
  });
});

testRequirement('CLI-08', { promisedBy: 'terrarium' }, async (context) => {
  const terminal = await openTerminal(context);
  const start = 'terrarium shell default box --network none';
  await context.say('A program inside that handles SIGHUP gets it from the command.');
  const loop = (trap: string) =>
    `sh -c 'trap "${trap}" HUP; echo ready; while :; do sleep 0.1; done'`;
  await terminal.type('out=$(mktemp)');
  context.onCleanup(() => terminal.type('rm $out'));
  const waitReady = 'until grep -q ready $out; do sleep 0.1; done';
  await terminal.type(`${start} -- ${loop('exit 9')} >$out </dev/null & ${waitReady}`);
  const handled = await terminal.type('kill -HUP $!; wait $!; echo "ended with $?"');
  expect(handled).toMatch(/^ended with 9$/m);

  await context.say('With nohup the caller ignores SIGHUP, and so does the command.');
  const short = "sh -c 'echo ready; sleep 1; exit 4'";
  await terminal.type(`: >$out; nohup ${start} -- ${short} >$out 2>&1 </dev/null & ${waitReady}`);
  const ignored = await terminal.type('kill -HUP $!; wait $!; echo "ended with $?"');
  expect(ignored).toMatch(/^ended with 4$/m);

  await context.say('A process that exec started gets TERM as any process does: 143.');
  const name = `cli-08-${randomBytes(3).toString('hex')}`;
  context.onCleanup(() => terrarium(['delete', '--force', name]));
  await terminal.type(`${start} --name ${name} --detach -- sleep 300`);
  const executed = (trap: string) =>
    `: >$out; terrarium exec ${name} -- sh -c '${trap}echo ready; sleep 1; exit 5' >$out </dev/null & ${waitReady}`;
  await terminal.type(executed(''));
  const ended = await terminal.type('kill -TERM $!; wait $!; echo "ended with $?"');
  expect(ended).toMatch(/^ended with 143$/m);
  await context.say('One that ignores TERM goes on to its own end.');
  await terminal.type(executed('trap "" TERM; '));
  const survived = await terminal.type('kill -TERM $!; wait $!; echo "ended with $?"');
  expect(survived).toMatch(/^ended with 5$/m);

  await context.say(
    'A tracer inside keeps an exec’ed process from ending: the command ends, and says so.',
  );
  const slow = `terrarium exec ${name} -- sh -c 'echo ready >&2; exec sleep 301' 2>$out </dev/null`;
  await terminal.type(`: >$out; ${slow} & ${waitReady}`);
  const hold = `terrarium exec ${name} -- sh -c 'trace-hold $(pidof sleep | tr " " "\\n" | sort -n | tail -n 1)'`;
  await terminal.type(`${hold} >$out </dev/null & until grep -q holding $out; do sleep 0.1; done`);
  const held = await terminal.type('kill -TERM %1; wait %1; echo "ended with $?"');
  expect(held).toMatch(/^ended with 143$/m);
  expect(await terminal.type('kill %2; wait; cat $out')).toMatch(
    /does not end: process \d+ traces it/,
  );

  await context.say('What the kernel keeps from PID 1 is said: terrarium kill.');
  const kept = await terminal.type(`terrarium kill ${name} TERM; echo $?`);
  expect(kept).toMatch(/SIGTERM does not reach/);
  expect(kept).toMatch(/\n0$/);

  await context.say('The control: without nohup and without a handler SIGHUP ends the container.');
  await terminal.type(`: >$out; ${start} -- ${short} >$out </dev/null & ${waitReady}`);
  const control = await terminal.type('kill -HUP $!; wait $!; echo "ended with $?"');
  const last = (text: string) => /^ended with \d+$/m.exec(text)?.[0] ?? text;
  context.observe({ label: 'SIGHUP, handled inside', inside: last(handled), decisive: true });
  context.observe({
    label: 'SIGHUP under nohup',
    inside: last(ignored),
    control: last(control),
    decisive: true,
  });
  context.observe({
    label: 'SIGTERM to exec, and ignored inside',
    inside: `${last(ended)}, ${last(survived)}`,
    decisive: true,
  });
  context.control('the same signal to a command whose caller does not ignore it', {
    outcome: /^ended with 129$/m.test(control) ? 'opposite' : 'same',
    observed: last(control),
  });
});
