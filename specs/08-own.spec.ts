// A runtime of its own: no container runtime, and no other program of the host, is needed or
// invoked.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { type Execution, executions, ownerOf, traced } from './support/executed.ts';
import { TERRARIUM } from './support/places.ts';
import type { Context } from './support/session.ts';
import { onHost, openShell } from './support/session.ts';
import { wrapped } from './support/subject.ts';

const RUNTIMES =
  /^(runc|crun|youki|docker.*|podman|containerd.*|ctr|nerdctl|buildah|lxc.*|systemd-nspawn|systemd-run|machinectl|bwrap|firejail|nsjail|unshare|nsenter|chroot|ip|mount|umount|cgexec)$/;

function directoryFor(context: Context): string {
  const directory = mkdtempSync(join(tmpdir(), 'own-'));
  context.onCleanup(() => rmSync(directory, { recursive: true }));
  return directory;
}

const listed = (executed: readonly Execution[]): string[] =>
  executed.map(
    (execution) =>
      `${ownerOf(execution)}: ${execution.command.replaceAll(join(TERRARIUM, '../../'), '')}`,
  );

testRequirement('OWN-01', async (context) => {
  const directory = directoryFor(context);
  const file = join(directory, 'run');
  await context.say(
    'Run a container shell with a link, limits and an init, every program that is executed below it written down (ptrace).',
  );
  const options = { memory: '64m', cpus: '0.5', pidsLimit: '64', tmpfs: ['/tmp'], init: true };
  const { shell, name } = await openShell(context, options, 'subject', traced(file));
  await shell.type('/bin/ls /');
  await context.say(
    'Do something in it with programs of the root filesystem, enter it once more with terrarium exec, and leave it.',
  );
  await shell.background('echo-server 7000 &', /listening on \S+\n/);
  expect(await shell.type('echo-client 127.0.0.1 7000 hello')).toContain('\necho hello');
  const enterFile = join(directory, 'enter');
  const entered = await onHost('exec-trace', [
    enterFile,
    TERRARIUM,
    'exec',
    name,
    '--',
    '/bin/hostname',
  ]);
  expect(entered.stdout).toBe('box');
  expect(await shell.exit('exit 7')).toBe(7);

  const executed = [...executions(file), ...executions(enterFile)];
  const count = (owner: string) =>
    executed.filter((execution) => ownerOf(execution) === owner).length;
  expect(executed.filter((execution) => ownerOf(execution) === 'foreign')).toEqual([]);
  expect(executed.filter(({ program }) => RUNTIMES.test(basename(program)))).toEqual([]);
  expect([count('launcher'), count('runtime'), count('init')]).toEqual([2, 2, 2]);
  const inside = executed
    .filter((execution) => ownerOf(execution) === 'root filesystem')
    .map(({ command }) => command);
  expect(inside).toEqual([
    '/bin/sh',
    '/bin/ls /',
    'echo-server 7000',
    'echo-client 127.0.0.1 7000 hello',
    '/bin/hostname',
  ]);
  context.artefact({
    name: 'programs executed, and whose they are',
    mediaType: 'text/plain',
    text: `${listed(executed).join('\n')}\n`,
  });

  await context.say(
    'The control: of a launcher that does use other programs, the same tracer lists them, in whatever namespace they run.',
  );
  const controlFile = join(directory, 'control');
  const { exitCode } = await onHost('exec-trace', [
    controlFile,
    'unshare',
    '--mount',
    '--fork',
    'mount',
    '--version',
  ]);
  expect(exitCode).toBe(0);
  const control = executions(controlFile);
  const foreign = control.filter(
    (execution) => ownerOf(execution) === 'foreign' && RUNTIMES.test(basename(execution.program)),
  );
  context.artefact({
    name: 'control: unshare and mount',
    mediaType: 'text/plain',
    text: `${listed(control).join('\n')}\n`,
  });
  context.observe({
    label: 'programs of others',
    inside: count('foreign'),
    control: foreign.length,
    decisive: true,
  });
  context.observe({ label: 'programs of the root filesystem', inside: inside.length });
  context.control('a container made with unshare(1) and mount(8), under the same tracer', {
    outcome: foreign.map(({ where }) => where).join() === 'own,other' ? 'opposite' : 'same',
    observed: foreign
      .map(
        ({ program, where }) =>
          `${program} in ${where === 'own' ? 'the host’s' : 'a new'} mount namespace`,
      )
      .join(', '),
  });
});

testRequirement('OWN-02', async (context) => {
  const bare = ['/usr/bin/env', '-i', 'PATH=', 'TERM=xterm-256color'];
  await context.say(
    'Open a container shell with an empty PATH, and nothing else in the environment but the kind of terminal.',
  );
  const withoutPath = wrapped((commandLine) => [...bare, ...commandLine]);
  const { shell, host } = await openShell(context, { memory: '64m' }, 'subject', withoutPath);
  const environment = readFileSync(`/proc/${shell.pid}/environ`, 'utf8').split('\0');
  expect(environment).toContain('PATH=');
  await context.say(
    'It has its hostname, its link with an address, its limit and a PATH of its own.',
  );
  expect(await shell.type('hostname')).toBe('box');
  expect(await shell.type('ip -4 addr show eth0')).toMatch(/inet 198\.1[89]\./);
  expect(host.cgroup('memory.limit_in_bytes', 'memory.max')).toBe(String(64 * 1024 * 1024));
  const ownPath = await shell.type('echo $PATH');
  expect(ownPath).toContain('/bin');

  await context.say(
    'The control: a program that another runtime would call is found with the usual PATH, and not with this one.',
  );
  const usual = await execa('mount', ['--version'], { reject: false });
  const found = await execa('/usr/bin/env', ['-i', 'PATH=', 'mount', '--version'], {
    reject: false,
    cwd: directoryFor(context),
  });
  expect(usual.exitCode).toBe(0);
  const exitCode = await shell.exit();
  expect(exitCode).toBe(0);
  context.observe({
    label: 'PATH of the runtime',
    host: environment.find((entry) => entry.startsWith('PATH=')),
    inside: ownPath,
    decisive: true,
  });
  context.observe({
    label: 'what starts with it',
    inside: `the shell, which ends with ${exitCode}`,
    control: found.stderr,
    decisive: true,
  });
  context.control('mount(8) by name with the same environment', {
    outcome: found.exitCode === 127 ? 'opposite' : 'same',
    observed: found.stderr || `exit code ${found.exitCode}`,
  });
});
