// Signals to the command itself: at any moment they end it cleanly, and signals for the container
// reach it.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay, setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { expect } from 'vitest';
import { patience } from '../harness/base/patience.ts';
import { counted } from '../harness/observe/footprint.ts';
import { linkIfThere, textIfThere } from '../harness/observe/if-there.ts';
import { createContainer } from '../runtime/index.ts';
import { OURS, testRequirement } from './suite.ts';
import { detach, openTerminal } from './support/host-shells.ts';
import { DEFAULT_ROOTFS, journalOf, randomName } from './support/places.ts';
import { shellCommand, terrarium } from './support/subject.ts';
import { tracesOf } from './support/traces.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
type Signal = (typeof SIGNALS)[number];
/** After the journal appears: from the first steps to a running container. */
const MOMENTS_MS = [0, 2, 8, 64];

interface Start {
  readonly name: string;
  readonly child: ChildProcess;
  readonly said: () => string;
}

/** A start at its first steps. */
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

/** Ends it by one or two signals some milliseconds after its first step. */
async function interrupt(
  { name, child, said }: Start,
  signal: Signal,
  afterMs: number,
  twice: boolean,
) {
  const exited = once(child, 'exit');
  await delay(afterMs);
  child.kill(signal);
  if (twice) {
    await delay(2);
    child.kill(signal);
  }
  const [code] = await exited;
  return `${signal}: ${code}, says ${said() || 'nothing'}, leaves ${counted(tracesOf(name))}`;
}

/** Children of this process that execute the init. */
function inits(): number[] {
  const children = readdirSync('/proc/self/task').flatMap((thread) =>
    textIfThere(`/proc/self/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.filter((pid) => linkIfThere(`/proc/${pid}/exe`).includes('memfd:terrarium'));
}

/**
 * The outcome of a start that is aborted while its init is stopped, as by a debugger on the host;
 * undefined if the init was not stopped in time.
 */
async function abortWhileStopped(name: string): Promise<string | undefined> {
  const abort = new AbortController();
  const settled = createContainer({
    ...{ rootfs: DEFAULT_ROOTFS, hostname: 'box', id: name, stdio: 'ignore' },
    ...{ command: ['sleep', '300'], signal: abort.signal },
  }).then(
    async (container) => {
      await container.delete({ force: true });
      return 'started';
    },
    (error: unknown) => String(error),
  );
  let early: string | undefined;
  settled.then((end) => {
    early = end;
  });
  let init: number | undefined;
  while (early === undefined && init === undefined) {
    await yieldToEventLoop();
    [init] = inits();
  }
  if (init !== undefined) process.kill(init, 'SIGSTOP');
  await Promise.race([settled, delay(patience(100))]);
  if (early !== undefined || init === undefined) return undefined;
  abort.abort(new Error('aborted'));
  const end = await Promise.race([settled, delay(patience(3000), 'goes on')]);
  if (end === 'goes on') process.kill(init, 'SIGCONT');
  await settled;
  return end;
}

testRequirement('CLEAN-05', OURS, async ({ control, say, outside }) => {
  await say('Signals end containers at different moments of their starts or runs.');
  for (const [index, moment] of MOMENTS_MS.entries()) {
    const twice = index % 2 === 1;
    const ends = SIGNALS.map(async (signal) =>
      interrupt(await begin(['sleep', '300']), signal, moment, twice),
    );
    const found = await Promise.all(ends);
    const expected = SIGNALS.map(
      (signal) => `${signal}: ${128 + constants.signals[signal]}, says nothing, leaves nothing`,
    );
    const when = `${moment} ms after the first step${twice ? ', and 2 ms later' : ''}`;
    expect(outside(when, found.join('; '))).toBe(expected.join('; '));
  }
  await say('A start that hangs because its init is stopped ends when it is aborted.');
  let end: string | undefined;
  for (let name = ''; end === undefined; ) {
    name = randomName('clean-05');
    end = await abortWhileStopped(name);
    expect(tracesOf(name)).toEqual([]);
  }
  expect(outside('a start that is aborted while it hangs', end)).toBe('Error: aborted');
  await say('The control: SIGKILL, which cannot be handled, at the same moment.');
  const killed = await begin(['sleep', '300']);
  const exited = once(killed.child, 'exit');
  killed.child.kill('SIGKILL');
  await exited;
  const left = tracesOf(killed.name);
  do await terrarium(['gc']);
  while (tracesOf(killed.name).length > 0);
  control('the same look after SIGKILL, before gc', {
    outcome: left.length > 0 ? 'opposite' : 'same',
    observed: counted(left),
  });
});

const ended = 'wait $!; echo "ended with $?"';

testRequirement('CLI-08', OURS, async (context) => {
  const { control, say, inside, onCleanup } = context;
  const terminal = await openTerminal(context);
  const start = 'terrarium shell default box --network none';
  await terminal.type('out=$(mktemp)');
  onCleanup(() => terminal.type('rm $out'));
  /** Leaves a command in the background when it reports that it is ready. */
  const leave = (command: string) =>
    terminal.type(
      `: >$out; ${command} >$out 2>&1 </dev/null & until grep -q ready $out; do sleep 0.1; done`,
    );
  const afterwards = async (label: string, line: string, code: number) =>
    expect(terminal).toPrint(line, new RegExp(`^ended with ${code}$`, 'm'), label);

  await say('The command forwards SIGHUP to a program inside that handles it.');
  const handler = `sh -c 'trap "exit 9" HUP; echo ready; while :; do sleep 0.1; done'`;
  await leave(`${start} -- ${handler}`);
  await afterwards('SIGHUP, handled inside', `kill -HUP $!; ${ended}`, 9);
  await say('With --init, PID 1 forwards it.');
  await leave(`${start} --init -- ${handler}`);
  await afterwards('SIGHUP, handled inside below an init', `kill -HUP $!; ${ended}`, 9);
  await say('With nohup the caller ignores SIGHUP, and so does the command.');
  const short = "sh -c 'echo ready; sleep 1; exit 4'";
  await leave(`nohup ${start} -- ${short}`);
  await afterwards('SIGHUP, ignored by the caller', `kill -HUP $!; ${ended}`, 4);

  await say('A process started by exec gets TERM like any other: 143. It may ignore it.');
  const name = await detach(context, terminal, 'sleep 300');
  const executed = (trap: string) =>
    leave(`terrarium exec ${name} -- sh -c '${trap}echo ready; sleep 1; exit 5'`);
  await executed('');
  await afterwards('SIGTERM to exec', `kill -TERM $!; ${ended}`, 143);
  await executed('trap "" TERM; ');
  await afterwards('SIGTERM to exec, ignored inside', `kill -TERM $!; ${ended}`, 5);

  await say('A process killed by a signal without a name: the status is 128 and its number.');
  const nameless = `terrarium exec ${name} -T -- sh -c 'kill -40 $$'; echo $?`;
  await expect(terminal).toPrint(nameless, /168$/, 'a process that is ended by signal 40');
  await say('A tracer inside keeps a process from exiting: the command ends with a message.');
  await terminal.type('held=$out.held');
  onCleanup(() => terminal.type('rm $held'));
  await leave(`terrarium exec ${name} -- sh -c 'echo ready >&2; exec sleep 301'`);
  const hold = `trace-hold $(pidof sleep | tr " " "\\n" | sort -n | tail -n 1)`;
  await terminal.type(
    `terrarium exec ${name} -- sh -c '${hold}' >$held </dev/null & ` +
      'until grep -q holding $held; do sleep 0.1; done',
  );
  await afterwards('SIGTERM, with a tracer', 'kill -TERM %1; wait %1; echo "ended with $?"', 143);
  const told = await terminal.type('kill %2; wait; cat $out');
  expect(inside('what is said of the tracer', told)).toMatch(/does not end: process \d+ traces it/);
  await say('A process killed while it is traced ends when its tracer exits, with its own status.');
  await leave(`terrarium exec ${name} -- sh -c 'echo ready >&2; exec sleep 302'`);
  await terminal.type(
    `terrarium exec ${name} -- sh -c '${hold}' >$held </dev/null & ` +
      'until grep -q holding $held; do sleep 0.1; done',
  );
  const dead =
    'p=$(pgrep -xf "sleep 302"); kill -KILL $p; until grep -q "State:.Z" /proc/$p/status';
  await terminal.type(`${dead}; do sleep 0.1; done`);
  const late = 'sleep 0.3; jobs %1; kill %2; wait %1; echo "ended with $?"';
  await afterwards('SIGKILL, with a tracer', late, 137);
  await say('terrarium kill reports signals that the kernel keeps from PID 1.');
  const kept = /SIGTERM does not reach[\s\S]*\n0$/;
  await expect(terminal).toPrint(`terrarium kill ${name} TERM; echo $?`, kept, 'TERM to PID 1');

  await say('The control: without nohup and without a handler SIGHUP ends the container.');
  await control(
    async () => {
      await leave(`${start} -- ${short}`);
      return terminal;
    },
    () => afterwards('SIGHUP, ignored by the caller', `kill -HUP $!; ${ended}`, 129),
    'the same signal to a command whose caller does not ignore it',
  );
});
